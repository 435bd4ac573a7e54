CREATE TABLE `api_keys` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`name` varchar(120) NOT NULL,
	`key_hash` char(64) NOT NULL,
	`key_prefix` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`scopes` json NOT NULL,
	`status` enum('active','revoked') NOT NULL DEFAULT 'active',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `api_keys_id` PRIMARY KEY(`id`),
	CONSTRAINT `api_keys_hash_unique` UNIQUE(`key_hash`)
);
--> statement-breakpoint
CREATE TABLE `audit_entries` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`actor` varchar(120) character set ascii collate ascii_bin NOT NULL,
	`action` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`entity` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`entity_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`before_state` json,
	`after_state` json,
	`request_id` varchar(64) character set ascii collate ascii_bin,
	`ip` varchar(64) character set ascii collate ascii_bin,
	CONSTRAINT `audit_entries_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`api_key_id` bigint NOT NULL,
	`idempotency_key` varchar(128) character set ascii collate ascii_bin NOT NULL,
	`request_hash` char(64) NOT NULL,
	`status_code` int NOT NULL,
	`response` json NOT NULL,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `idempotency_keys_api_key_id_idempotency_key_pk` PRIMARY KEY(`api_key_id`,`idempotency_key`)
);
--> statement-breakpoint
CREATE TABLE `accounts` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`parent_id` bigint,
	`kind` enum('operator','reseller','customer') NOT NULL,
	`code` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(160) NOT NULL,
	`billing_mode` enum('prepaid','postpaid') NOT NULL,
	`currency` char(3) NOT NULL,
	`time_zone` varchar(64) NOT NULL,
	`credit_limit` decimal(20,6) NOT NULL DEFAULT '0',
	`status` enum('active','suspended','closed') NOT NULL DEFAULT 'active',
	`rate_sheet_id` bigint,
	`lcr_plan_id` bigint,
	`max_calls` int,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `accounts_id` PRIMARY KEY(`id`),
	CONSTRAINT `accounts_code_unique` UNIQUE(`code`),
	CONSTRAINT `accounts_credit_limit_check` CHECK(`credit_limit` >= 0),
	CONSTRAINT `accounts_max_calls_check` CHECK(`max_calls` is null or `max_calls` >= 0),
	CONSTRAINT `accounts_tree_check` CHECK((`kind` = 'operator') = (`parent_id` is null))
);
--> statement-breakpoint
CREATE TABLE `domains` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`account_id` bigint NOT NULL,
	`name` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `domains_id` PRIMARY KEY(`id`),
	CONSTRAINT `domains_name_unique` UNIQUE(`name`)
);
--> statement-breakpoint
CREATE TABLE `extensions` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`account_id` bigint NOT NULL,
	`domain_id` bigint NOT NULL,
	`number` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(160) NOT NULL,
	`a1_hash` char(32) NOT NULL,
	`status` enum('active','paused') NOT NULL DEFAULT 'active',
	`caller_id_number` varchar(32) character set ascii collate ascii_bin,
	`caller_id_name` varchar(80),
	`ring_timeout_s` int NOT NULL DEFAULT 60,
	`rate_sheet_id` bigint,
	`lcr_plan_id` bigint,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `extensions_id` PRIMARY KEY(`id`),
	CONSTRAINT `extensions_domain_number_unique` UNIQUE(`domain_id`,`number`),
	CONSTRAINT `extensions_ring_timeout_check` CHECK(`ring_timeout_s` between 5 and 600)
);
--> statement-breakpoint
CREATE TABLE `calls` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`decision_key` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`switch_id` bigint NOT NULL,
	`core_uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`a_leg_uuid` char(36) character set ascii collate ascii_bin NOT NULL,
	`direction` enum('outbound','internal','inbound','service') NOT NULL,
	`account_id` bigint,
	`extension_id` bigint,
	`did_id` bigint,
	`caller_number` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`dialled` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`destination` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`state` enum('authorized','answered','settled','released','refused') NOT NULL,
	`reason` varchar(64) character set ascii collate ascii_bin,
	`currency` char(3),
	`granted_s` int,
	`created_us` bigint NOT NULL,
	`ended_us` bigint,
	`expires_us` bigint NOT NULL,
	`decision` json NOT NULL,
	CONSTRAINT `calls_id` PRIMARY KEY(`id`),
	CONSTRAINT `calls_decision_key_unique` UNIQUE(`decision_key`),
	CONSTRAINT `calls_refused_check` CHECK(`state` <> 'refused' or `reason` is not null)
);
--> statement-breakpoint
CREATE TABLE `cdr_inbox` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`switch_id` bigint NOT NULL,
	`leg_uuid` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`state` enum('pending','failed') NOT NULL DEFAULT 'pending',
	`received_us` bigint NOT NULL,
	`not_before_us` bigint NOT NULL DEFAULT 0,
	`attempts` int NOT NULL DEFAULT 0,
	`report` json,
	`raw_body` mediumtext,
	`error` varchar(255),
	CONSTRAINT `cdr_inbox_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `holds` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`call_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`account_id` bigint NOT NULL,
	`currency` char(3) NOT NULL,
	`amount` decimal(20,6) NOT NULL,
	`state` enum('held','released') NOT NULL DEFAULT 'held',
	`created_us` bigint NOT NULL,
	`released_us` bigint,
	CONSTRAINT `holds_id` PRIMARY KEY(`id`),
	CONSTRAINT `holds_call_account_unique` UNIQUE(`call_id`,`account_id`),
	CONSTRAINT `holds_amount_check` CHECK(`amount` >= 0)
);
--> statement-breakpoint
CREATE TABLE `legs` (
	`leg_uuid` char(36) character set ascii collate ascii_bin NOT NULL,
	`call_id` char(36) character set ascii collate ascii_bin,
	`switch_id` bigint NOT NULL,
	`core_uuid` varchar(36) character set ascii collate ascii_bin NOT NULL,
	`kind` enum('caller','carrier','extension','unknown') NOT NULL,
	`route_index` int,
	`carrier_id` bigint,
	`gateway_id` bigint,
	`gateway_name` varchar(64) character set ascii collate ascii_bin,
	`destination` varchar(64) NOT NULL,
	`caller_number` varchar(64) NOT NULL,
	`state` enum('answered','settled') NOT NULL,
	`start_us` bigint NOT NULL DEFAULT 0,
	`progress_us` bigint NOT NULL DEFAULT 0,
	`answer_us` bigint NOT NULL DEFAULT 0,
	`end_us` bigint NOT NULL DEFAULT 0,
	`bill_us` bigint NOT NULL DEFAULT 0,
	`last_seen_us` bigint NOT NULL DEFAULT 0,
	`billed_s` int NOT NULL DEFAULT 0,
	`price` decimal(20,6) NOT NULL DEFAULT '0',
	`currency` char(3),
	`cost` decimal(20,6) NOT NULL DEFAULT '0',
	`cost_currency` char(3),
	`hangup_cause` varchar(64) character set ascii collate ascii_bin,
	`protocol_cause` varchar(32) character set ascii collate ascii_bin,
	`disposition` varchar(64) character set ascii collate ascii_bin,
	`source` enum('esl','cdr','reconcile','reaper'),
	`transaction_id` char(36) character set ascii collate ascii_bin,
	`explanation` json,
	CONSTRAINT `legs_leg_uuid` PRIMARY KEY(`leg_uuid`),
	CONSTRAINT `legs_price_check` CHECK(`price` >= 0 and `cost` >= 0),
	CONSTRAINT `legs_settled_check` CHECK(`state` <> 'settled' or `source` is not null)
);
--> statement-breakpoint
CREATE TABLE `carriers` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`code` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(160) NOT NULL,
	`currency` char(3) NOT NULL,
	`status` enum('active','disabled') NOT NULL DEFAULT 'active',
	`rate_sheet_id` bigint,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `carriers_id` PRIMARY KEY(`id`),
	CONSTRAINT `carriers_code_unique` UNIQUE(`code`)
);
--> statement-breakpoint
CREATE TABLE `gateways` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`carrier_id` bigint NOT NULL,
	`name` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`proxy` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`realm` varchar(190) character set ascii collate ascii_bin,
	`username` varchar(120) character set ascii collate ascii_bin,
	`password_sealed` varchar(512) character set ascii collate ascii_bin,
	`register` boolean NOT NULL DEFAULT false,
	`tech_prefix` varchar(16) character set ascii collate ascii_bin NOT NULL DEFAULT '',
	`codecs` varchar(120) character set ascii collate ascii_bin NOT NULL DEFAULT 'PCMU,PCMA',
	`inbound_cidrs` json NOT NULL,
	`priority` int NOT NULL DEFAULT 0,
	`weight` int NOT NULL DEFAULT 1,
	`progress_timeout_s` int NOT NULL DEFAULT 8,
	`status` enum('active','disabled') NOT NULL DEFAULT 'active',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `gateways_id` PRIMARY KEY(`id`),
	CONSTRAINT `gateways_name_unique` UNIQUE(`name`),
	CONSTRAINT `gateways_weight_check` CHECK(`weight` >= 1),
	CONSTRAINT `gateways_progress_check` CHECK(`progress_timeout_s` between 1 and 120)
);
--> statement-breakpoint
CREATE TABLE `lcr_plan_carriers` (
	`plan_id` bigint NOT NULL,
	`carrier_id` bigint NOT NULL,
	`priority` int NOT NULL DEFAULT 0,
	`weight` int NOT NULL DEFAULT 1,
	CONSTRAINT `lcr_plan_carriers_plan_id_carrier_id_pk` PRIMARY KEY(`plan_id`,`carrier_id`),
	CONSTRAINT `lcr_plan_carriers_weight_check` CHECK(`weight` >= 1)
);
--> statement-breakpoint
CREATE TABLE `ledger_accounts` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`kind` enum('client_credit','call_revenue','carrier_cost','carrier_payable','payment_clearing','adjustment') NOT NULL,
	`owner_type` enum('account','carrier') NOT NULL,
	`owner_id` bigint NOT NULL,
	`currency` char(3) NOT NULL,
	CONSTRAINT `ledger_accounts_id` PRIMARY KEY(`id`),
	CONSTRAINT `ledger_accounts_owner_unique` UNIQUE(`kind`,`owner_type`,`owner_id`,`currency`)
);
--> statement-breakpoint
CREATE TABLE `ledger_balances` (
	`ledger_account_id` bigint NOT NULL,
	`balance` decimal(20,6) NOT NULL DEFAULT '0',
	`held` decimal(20,6) NOT NULL DEFAULT '0',
	CONSTRAINT `ledger_balances_ledger_account_id` PRIMARY KEY(`ledger_account_id`),
	CONSTRAINT `ledger_balances_held_check` CHECK(`held` >= 0)
);
--> statement-breakpoint
CREATE TABLE `ledger_entries` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`transaction_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`ledger_account_id` bigint NOT NULL,
	`amount` decimal(20,6) NOT NULL,
	`currency` char(3) NOT NULL,
	CONSTRAINT `ledger_entries_id` PRIMARY KEY(`id`),
	CONSTRAINT `ledger_entries_amount_check` CHECK(`amount` <> 0)
);
--> statement-breakpoint
CREATE TABLE `ledger_transactions` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`idempotency_key` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`kind` enum('call','payment','adjustment') NOT NULL,
	`reference` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`memo` varchar(255) NOT NULL DEFAULT '',
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `ledger_transactions_id` PRIMARY KEY(`id`),
	CONSTRAINT `ledger_transactions_key_unique` UNIQUE(`idempotency_key`)
);
--> statement-breakpoint
CREATE TABLE `dids` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`number` varchar(15) character set ascii collate ascii_bin NOT NULL,
	`account_id` bigint NOT NULL,
	`carrier_id` bigint,
	`status` enum('active','paused') NOT NULL DEFAULT 'active',
	`extension_id` bigint,
	`ivr_menu_id` bigint,
	`comment` varchar(255) NOT NULL DEFAULT '',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `dids_id` PRIMARY KEY(`id`),
	CONSTRAINT `dids_number_unique` UNIQUE(`number`),
	CONSTRAINT `dids_number_check` CHECK(`number` regexp '^[0-9]{3,15}$'),
	CONSTRAINT `dids_destination_check` CHECK((`extension_id` is null) <> (`ivr_menu_id` is null))
);
--> statement-breakpoint
CREATE TABLE `ivr_entries` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`menu_id` bigint NOT NULL,
	`digits` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`transfer_to` varchar(32) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `ivr_entries_id` PRIMARY KEY(`id`),
	CONSTRAINT `ivr_entries_digits_unique` UNIQUE(`menu_id`,`digits`),
	CONSTRAINT `ivr_entries_digits_check` CHECK(`digits` regexp '^[0-9*#]{1,16}$')
);
--> statement-breakpoint
CREATE TABLE `ivr_menus` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`account_id` bigint NOT NULL,
	`name` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`greet_long` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`greet_short` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`invalid_sound` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`exit_sound` varchar(255) character set ascii collate ascii_bin NOT NULL,
	`timeout_ms` int NOT NULL DEFAULT 5000,
	`inter_digit_timeout_ms` int NOT NULL DEFAULT 2000,
	`max_failures` int NOT NULL DEFAULT 3,
	`max_timeouts` int NOT NULL DEFAULT 3,
	`digit_length` int NOT NULL DEFAULT 4,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `ivr_menus_id` PRIMARY KEY(`id`),
	CONSTRAINT `ivr_menus_name_unique` UNIQUE(`name`)
);
--> statement-breakpoint
CREATE TABLE `lcr_plans` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`name` varchar(120) NOT NULL,
	`strategy` enum('cheapest','priority') NOT NULL DEFAULT 'cheapest',
	`expected_call_s` int NOT NULL DEFAULT 180,
	`margin_percent` decimal(9,4) NOT NULL DEFAULT '0',
	`margin_absolute` decimal(18,8) NOT NULL DEFAULT '0',
	`allow_loss` boolean NOT NULL DEFAULT false,
	`max_routes` int NOT NULL DEFAULT 5,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `lcr_plans_id` PRIMARY KEY(`id`),
	CONSTRAINT `lcr_plans_name_unique` UNIQUE(`name`),
	CONSTRAINT `lcr_plans_expected_check` CHECK(`expected_call_s` between 1 and 86400),
	CONSTRAINT `lcr_plans_routes_check` CHECK(`max_routes` between 1 and 20),
	CONSTRAINT `lcr_plans_margin_check` CHECK(`margin_percent` >= 0 and `margin_absolute` >= 0)
);
--> statement-breakpoint
CREATE TABLE `rate_releases` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`sheet_id` bigint NOT NULL,
	`number` int NOT NULL,
	`status` enum('draft','active','discarded') NOT NULL DEFAULT 'draft',
	`effective_from` datetime(3) NOT NULL,
	`activated_at` datetime(3),
	`row_count` int NOT NULL DEFAULT 0,
	`note` varchar(255) NOT NULL DEFAULT '',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `rate_releases_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_releases_sheet_number_unique` UNIQUE(`sheet_id`,`number`),
	CONSTRAINT `rate_releases_active_check` CHECK(`status` <> 'active' or `activated_at` is not null)
);
--> statement-breakpoint
CREATE TABLE `rate_rows` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`release_id` bigint NOT NULL,
	`prefix` varchar(15) character set ascii collate ascii_bin NOT NULL,
	`destination` varchar(120) NOT NULL DEFAULT '',
	`rate_per_minute` decimal(18,8) NOT NULL,
	`connect_fee` decimal(18,8) NOT NULL DEFAULT '0',
	`initial_increment_s` int NOT NULL DEFAULT 1,
	`increment_s` int NOT NULL DEFAULT 1,
	`min_duration_s` int NOT NULL DEFAULT 0,
	`blocked` boolean NOT NULL DEFAULT false,
	`priority` int NOT NULL DEFAULT 0,
	`effective_from` datetime(3),
	`effective_to` datetime(3),
	CONSTRAINT `rate_rows_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_rows_prefix_unique` UNIQUE(`release_id`,`prefix`,`priority`),
	CONSTRAINT `rate_rows_prefix_check` CHECK(`prefix` regexp '^[0-9]{0,15}$'),
	CONSTRAINT `rate_rows_price_check` CHECK(`rate_per_minute` >= 0 and `connect_fee` >= 0),
	CONSTRAINT `rate_rows_increment_check` CHECK(`initial_increment_s` >= 1 and `increment_s` >= 1 and `min_duration_s` >= 0),
	CONSTRAINT `rate_rows_period_check` CHECK(`effective_from` is null or `effective_to` is null or `effective_from` < `effective_to`)
);
--> statement-breakpoint
CREATE TABLE `rate_sheets` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`name` varchar(120) NOT NULL,
	`currency` char(3) NOT NULL,
	`time_zone` varchar(64) NOT NULL,
	`duration_rounding` enum('up','half_up','down') NOT NULL DEFAULT 'up',
	`rounding_mode` enum('up','half_up','half_even','down') NOT NULL DEFAULT 'half_up',
	`rounding_decimals` tinyint NOT NULL DEFAULT 6,
	`tax_percent` decimal(9,4) NOT NULL DEFAULT '0',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `rate_sheets_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_sheets_name_unique` UNIQUE(`name`),
	CONSTRAINT `rate_sheets_decimals_check` CHECK(`rounding_decimals` between 0 and 6),
	CONSTRAINT `rate_sheets_tax_check` CHECK(`tax_percent` between 0 and 100)
);
--> statement-breakpoint
CREATE TABLE `config_versions` (
	`area` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`version` bigint NOT NULL DEFAULT 1,
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `config_versions_area` PRIMARY KEY(`area`)
);
--> statement-breakpoint
CREATE TABLE `switches` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`name` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`http_username` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`http_password_hash` char(64) NOT NULL,
	`allowed_cidrs` json NOT NULL,
	`esl_host` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`esl_port` int NOT NULL DEFAULT 8021,
	`esl_password_sealed` varchar(512) character set ascii collate ascii_bin NOT NULL,
	`sip_ip` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`rtp_ip` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`internal_port` int NOT NULL DEFAULT 5060,
	`external_port` int NOT NULL DEFAULT 5080,
	`codecs` varchar(120) character set ascii collate ascii_bin NOT NULL DEFAULT 'PCMU,PCMA',
	`status` enum('active','disabled') NOT NULL DEFAULT 'active',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `switches_id` PRIMARY KEY(`id`),
	CONSTRAINT `switches_name_unique` UNIQUE(`name`),
	CONSTRAINT `switches_http_username_unique` UNIQUE(`http_username`)
);
--> statement-breakpoint
ALTER TABLE `idempotency_keys` ADD CONSTRAINT `idempotency_keys_api_key_id_api_keys_id_fk` FOREIGN KEY (`api_key_id`) REFERENCES `api_keys`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_lcr_plan_id_lcr_plans_id_fk` FOREIGN KEY (`lcr_plan_id`) REFERENCES `lcr_plans`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_parent_fk` FOREIGN KEY (`parent_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `domains` ADD CONSTRAINT `domains_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_domain_id_domains_id_fk` FOREIGN KEY (`domain_id`) REFERENCES `domains`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_lcr_plan_id_lcr_plans_id_fk` FOREIGN KEY (`lcr_plan_id`) REFERENCES `lcr_plans`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `calls` ADD CONSTRAINT `calls_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `holds` ADD CONSTRAINT `holds_call_id_calls_id_fk` FOREIGN KEY (`call_id`) REFERENCES `calls`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `holds` ADD CONSTRAINT `holds_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `legs` ADD CONSTRAINT `legs_call_id_calls_id_fk` FOREIGN KEY (`call_id`) REFERENCES `calls`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `carriers` ADD CONSTRAINT `carriers_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `gateways` ADD CONSTRAINT `gateways_carrier_id_carriers_id_fk` FOREIGN KEY (`carrier_id`) REFERENCES `carriers`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `lcr_plan_carriers` ADD CONSTRAINT `lcr_plan_carriers_plan_id_lcr_plans_id_fk` FOREIGN KEY (`plan_id`) REFERENCES `lcr_plans`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `lcr_plan_carriers` ADD CONSTRAINT `lcr_plan_carriers_carrier_id_carriers_id_fk` FOREIGN KEY (`carrier_id`) REFERENCES `carriers`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ledger_balances` ADD CONSTRAINT `ledger_balances_ledger_account_id_ledger_accounts_id_fk` FOREIGN KEY (`ledger_account_id`) REFERENCES `ledger_accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD CONSTRAINT `ledger_entries_transaction_id_ledger_transactions_id_fk` FOREIGN KEY (`transaction_id`) REFERENCES `ledger_transactions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ledger_entries` ADD CONSTRAINT `ledger_entries_ledger_account_id_ledger_accounts_id_fk` FOREIGN KEY (`ledger_account_id`) REFERENCES `ledger_accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_carrier_id_carriers_id_fk` FOREIGN KEY (`carrier_id`) REFERENCES `carriers`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_extension_id_extensions_id_fk` FOREIGN KEY (`extension_id`) REFERENCES `extensions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_ivr_menu_id_ivr_menus_id_fk` FOREIGN KEY (`ivr_menu_id`) REFERENCES `ivr_menus`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ivr_entries` ADD CONSTRAINT `ivr_entries_menu_id_ivr_menus_id_fk` FOREIGN KEY (`menu_id`) REFERENCES `ivr_menus`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `ivr_menus` ADD CONSTRAINT `ivr_menus_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `rate_releases` ADD CONSTRAINT `rate_releases_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `rate_rows` ADD CONSTRAINT `rate_rows_release_id_rate_releases_id_fk` FOREIGN KEY (`release_id`) REFERENCES `rate_releases`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `audit_entries_entity_index` ON `audit_entries` (`entity`,`entity_id`,`id`);--> statement-breakpoint
CREATE INDEX `calls_a_leg_index` ON `calls` (`a_leg_uuid`);--> statement-breakpoint
CREATE INDEX `calls_account_index` ON `calls` (`account_id`,`created_us`);--> statement-breakpoint
CREATE INDEX `calls_open_index` ON `calls` (`state`,`expires_us`);--> statement-breakpoint
CREATE INDEX `calls_created_index` ON `calls` (`created_us`);--> statement-breakpoint
CREATE INDEX `calls_switch_index` ON `calls` (`switch_id`,`state`);--> statement-breakpoint
CREATE INDEX `cdr_inbox_state_index` ON `cdr_inbox` (`state`,`not_before_us`,`id`);--> statement-breakpoint
CREATE INDEX `holds_account_state_index` ON `holds` (`account_id`,`state`);--> statement-breakpoint
CREATE INDEX `legs_call_index` ON `legs` (`call_id`);--> statement-breakpoint
CREATE INDEX `legs_open_index` ON `legs` (`state`,`last_seen_us`);--> statement-breakpoint
CREATE INDEX `legs_carrier_index` ON `legs` (`carrier_id`,`end_us`);--> statement-breakpoint
CREATE INDEX `legs_start_index` ON `legs` (`start_us`,`leg_uuid`);--> statement-breakpoint
CREATE INDEX `ledger_entries_account_index` ON `ledger_entries` (`ledger_account_id`,`id`);--> statement-breakpoint
CREATE INDEX `ledger_entries_transaction_index` ON `ledger_entries` (`transaction_id`);