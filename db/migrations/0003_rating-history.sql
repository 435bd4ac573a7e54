CREATE TRIGGER `rate_activations_no_update` BEFORE UPDATE ON `rate_activations` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rate_activations is append-only';
--> statement-breakpoint
CREATE TRIGGER `rate_activations_no_delete` BEFORE DELETE ON `rate_activations` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'rate_activations is append-only';
--> statement-breakpoint
CREATE TRIGGER `exchange_rates_no_update` BEFORE UPDATE ON `exchange_rates` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'exchange_rates is append-only';
--> statement-breakpoint
CREATE TRIGGER `exchange_rates_no_delete` BEFORE DELETE ON `exchange_rates` FOR EACH ROW
  SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'exchange_rates is append-only';
--> statement-breakpoint
INSERT IGNORE INTO `config_versions` (`area`, `version`) VALUES ('currencies', 1);
--> statement-breakpoint
INSERT IGNORE INTO `rate_activations` (`sheet_id`, `number`, `release_id`, `kind`, `effective_from`, `actor`, `created_at`)
SELECT `sheet_id`, row_number() OVER (PARTITION BY `sheet_id` ORDER BY `effective_from`, `number`),
  `id`, 'activation', `effective_from`, 'migration', `activated_at`
FROM `rate_releases` WHERE `status` = 'active';
--> statement-breakpoint
INSERT IGNORE INTO `leg_charges` (`leg_uuid`, `role`, `party_id`, `counterpart_id`, `level`, `sheet_id`, `release_id`, `row_id`, `currency`, `amount`, `start_us`)
SELECT `l`.`leg_uuid`, 'payer', `p`.`account_id`, `p`.`seller_id`, `p`.`place` - 1, `p`.`sheet_id`, `p`.`release_id`, `p`.`row_id`,
  `p`.`currency`, coalesce(-`e`.`amount`, 0), `c`.`created_us`
FROM `legs` `l`
JOIN `calls` `c` ON `c`.`id` = `l`.`call_id`
JOIN JSON_TABLE(`c`.`decision`, '$.payers[*]' COLUMNS (
  `place` FOR ORDINALITY,
  `account_id` bigint PATH '$.accountId',
  `seller_id` bigint PATH '$.sellerAccountId',
  `sheet_id` bigint PATH '$.rate.terms.sheetId',
  `release_id` bigint PATH '$.rate.row.releaseId',
  `row_id` bigint PATH '$.rate.row.id',
  `currency` char(3) PATH '$.currency'
)) `p`
LEFT JOIN `ledger_accounts` `a` ON `a`.`kind` = 'client_credit' AND `a`.`owner_type` = 'account'
  AND `a`.`owner_id` = `p`.`account_id` AND `a`.`currency` = `p`.`currency`
LEFT JOIN `ledger_entries` `e` ON `e`.`transaction_id` = `l`.`transaction_id` AND `e`.`ledger_account_id` = `a`.`id`
WHERE `l`.`kind` = 'carrier' AND `l`.`state` = 'settled' AND `l`.`bill_us` > 0;
--> statement-breakpoint
INSERT IGNORE INTO `leg_charges` (`leg_uuid`, `role`, `party_id`, `counterpart_id`, `level`, `sheet_id`, `release_id`, `row_id`, `currency`, `amount`, `start_us`)
SELECT `l`.`leg_uuid`, 'carrier', `l`.`carrier_id`, json_value(`c`.`decision`, '$.operatorAccountId'), 0, `r`.`sheet_id`, `r`.`release_id`, `r`.`row_id`,
  `r`.`currency`, `l`.`cost`, `c`.`created_us`
FROM `legs` `l`
JOIN `calls` `c` ON `c`.`id` = `l`.`call_id`
JOIN JSON_TABLE(`c`.`decision`, '$.routes[*]' COLUMNS (
  `place` FOR ORDINALITY,
  `sheet_id` bigint PATH '$.rate.terms.sheetId',
  `release_id` bigint PATH '$.rate.row.releaseId',
  `row_id` bigint PATH '$.rate.row.id',
  `currency` char(3) PATH '$.currency'
)) `r` ON `r`.`place` = `l`.`route_index` + 1
WHERE `l`.`kind` = 'carrier' AND `l`.`state` = 'settled' AND `l`.`bill_us` > 0 AND `l`.`carrier_id` IS NOT NULL
  AND json_value(`c`.`decision`, '$.operatorAccountId') IS NOT NULL;
