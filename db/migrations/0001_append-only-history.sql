CREATE TRIGGER `ledger_entries_no_update` BEFORE UPDATE ON `ledger_entries` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ledger_entries is append-only';
--> statement-breakpoint
CREATE TRIGGER `ledger_entries_no_delete` BEFORE DELETE ON `ledger_entries` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ledger_entries is append-only';
--> statement-breakpoint
CREATE TRIGGER `ledger_transactions_no_update` BEFORE UPDATE ON `ledger_transactions` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ledger_transactions is append-only';
--> statement-breakpoint
CREATE TRIGGER `ledger_transactions_no_delete` BEFORE DELETE ON `ledger_transactions` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'ledger_transactions is append-only';
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_update` BEFORE UPDATE ON `audit_entries` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_entries is append-only';
--> statement-breakpoint
CREATE TRIGGER `audit_entries_no_delete` BEFORE DELETE ON `audit_entries` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit_entries is append-only';
--> statement-breakpoint
CREATE TRIGGER `ledger_entries_currency` BEFORE INSERT ON `ledger_entries` FOR EACH ROW
BEGIN
  IF NEW.`currency` <> (SELECT `currency` FROM `ledger_accounts` WHERE `id` = NEW.`ledger_account_id`) THEN
    SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'entry currency differs from its ledger account';
  END IF;
END;
--> statement-breakpoint
INSERT INTO `config_versions` (`area`, `version`) VALUES
  ('accounts', 1), ('switches', 1), ('carriers', 1), ('rates', 1), ('plans', 1), ('numbers', 1), ('access', 1);
