CREATE TABLE `channel_claims` (
	`call_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`resource` enum('gateway','carrier') NOT NULL,
	`resource_id` bigint NOT NULL,
	`state` enum('open','closed') NOT NULL DEFAULT 'open',
	`created_us` bigint NOT NULL,
	CONSTRAINT `channel_claims_pk` PRIMARY KEY(`call_id`,`resource`,`resource_id`)
);
--> statement-breakpoint
CREATE TABLE `leg_charges` (
	`leg_uuid` char(36) character set ascii collate ascii_bin NOT NULL,
	`role` enum('payer','carrier') NOT NULL,
	`party_id` bigint NOT NULL,
	`counterpart_id` bigint NOT NULL,
	`level` tinyint NOT NULL,
	`sheet_id` bigint NOT NULL,
	`release_id` bigint NOT NULL,
	`row_id` bigint NOT NULL,
	`currency` char(3) NOT NULL,
	`amount` decimal(20,6) NOT NULL,
	`rerated_amount` decimal(20,6),
	`start_us` bigint NOT NULL,
	CONSTRAINT `leg_charges_pk` PRIMARY KEY(`leg_uuid`,`role`,`party_id`),
	CONSTRAINT `leg_charges_amount_check` CHECK(`amount` >= 0)
);
--> statement-breakpoint
CREATE TABLE `carrier_quality` (
	`carrier_id` bigint NOT NULL,
	`gateway_id` bigint NOT NULL,
	`prefix` varchar(5) character set ascii collate ascii_bin NOT NULL,
	`slice_s` int NOT NULL,
	`attempts` int NOT NULL DEFAULT 0,
	`answered` int NOT NULL DEFAULT 0,
	`talk_us` bigint NOT NULL DEFAULT 0,
	`pdd_us` bigint NOT NULL DEFAULT 0,
	`pdd_count` int NOT NULL DEFAULT 0,
	CONSTRAINT `carrier_quality_pk` PRIMARY KEY(`carrier_id`,`gateway_id`,`prefix`,`slice_s`)
);
--> statement-breakpoint
CREATE TABLE `channel_locks` (
	`resource` enum('gateway','carrier') NOT NULL,
	`resource_id` bigint NOT NULL,
	CONSTRAINT `channel_locks_pk` PRIMARY KEY(`resource`,`resource_id`)
);
--> statement-breakpoint
CREATE TABLE `rate_import_errors` (
	`import_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`number` int NOT NULL,
	`line` int NOT NULL,
	`code` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`field` varchar(64) NOT NULL DEFAULT '',
	`detail` varchar(500) NOT NULL,
	`raw` varchar(1000) NOT NULL DEFAULT '',
	CONSTRAINT `rate_import_errors_pk` PRIMARY KEY(`import_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `rate_imports` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`sheet_id` bigint NOT NULL,
	`release_id` bigint,
	`file_name` varchar(255) NOT NULL,
	`file_hash` char(64) NOT NULL,
	`file_bytes` bigint NOT NULL,
	`dedupe_key` varchar(160) character set ascii collate ascii_bin,
	`options` json NOT NULL,
	`detected` json,
	`status` enum('queued','running','done','failed','cancelled') NOT NULL DEFAULT 'queued',
	`bytes_read` bigint NOT NULL DEFAULT 0,
	`rows_read` int NOT NULL DEFAULT 0,
	`rows_accepted` int NOT NULL DEFAULT 0,
	`rows_rejected` int NOT NULL DEFAULT 0,
	`error_code` varchar(64) character set ascii collate ascii_bin,
	`error_line` int,
	`error_detail` varchar(500),
	`owner` varchar(64) character set ascii collate ascii_bin,
	`lease_until` datetime(3),
	`actor` varchar(120) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`finished_at` datetime(3),
	CONSTRAINT `rate_imports_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_imports_dedupe_unique` UNIQUE(`dedupe_key`)
);
--> statement-breakpoint
CREATE TABLE `release_previews` (
	`release_id` bigint NOT NULL,
	`against_release_id` bigint,
	`fingerprint` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`status` enum('running','done','failed') NOT NULL,
	`progress` int NOT NULL DEFAULT 0,
	`summary` json,
	`impact` json,
	`error` varchar(500),
	`owner` varchar(64) character set ascii collate ascii_bin,
	`lease_until` datetime(3),
	`started_at` datetime(3) NOT NULL,
	`finished_at` datetime(3),
	CONSTRAINT `release_previews_release_id` PRIMARY KEY(`release_id`)
);
--> statement-breakpoint
CREATE TABLE `exchange_rates` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`from_currency` char(3) NOT NULL,
	`to_currency` char(3) NOT NULL,
	`rate` decimal(20,10) NOT NULL,
	`effective_from` datetime(3) NOT NULL,
	`actor` varchar(120) character set ascii collate ascii_bin NOT NULL DEFAULT '',
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `exchange_rates_id` PRIMARY KEY(`id`),
	CONSTRAINT `exchange_rates_date_unique` UNIQUE(`from_currency`,`to_currency`,`effective_from`),
	CONSTRAINT `exchange_rates_rate_check` CHECK(`rate` > 0),
	CONSTRAINT `exchange_rates_pair_check` CHECK(`from_currency` <> `to_currency`)
);
--> statement-breakpoint
CREATE TABLE `ported_numbers` (
	`number` varchar(15) character set ascii collate ascii_bin NOT NULL,
	`routing_number` varchar(15) character set ascii collate ascii_bin NOT NULL,
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `ported_numbers_number` PRIMARY KEY(`number`)
);
--> statement-breakpoint
CREATE TABLE `rate_activations` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`sheet_id` bigint NOT NULL,
	`number` int NOT NULL,
	`release_id` bigint,
	`kind` enum('activation','rollback') NOT NULL,
	`effective_from` datetime(3) NOT NULL,
	`actor` varchar(120) character set ascii collate ascii_bin NOT NULL DEFAULT '',
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `rate_activations_id` PRIMARY KEY(`id`),
	CONSTRAINT `rate_activations_number_unique` UNIQUE(`sheet_id`,`number`)
);
--> statement-breakpoint
CREATE TABLE `leg_corrections` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`rerating_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`leg_uuid` char(36) character set ascii collate ascii_bin NOT NULL,
	`role` enum('payer','carrier') NOT NULL,
	`party_id` bigint NOT NULL,
	`currency` char(3) NOT NULL,
	`old_amount` decimal(20,6) NOT NULL,
	`new_amount` decimal(20,6) NOT NULL,
	`old_release_id` bigint NOT NULL,
	`new_release_id` bigint NOT NULL,
	`transaction_id` char(36) character set ascii collate ascii_bin,
	`explanation` json,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `leg_corrections_id` PRIMARY KEY(`id`),
	CONSTRAINT `leg_corrections_once_unique` UNIQUE(`rerating_id`,`leg_uuid`,`role`,`party_id`)
);
--> statement-breakpoint
CREATE TABLE `reratings` (
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`scope` json NOT NULL,
	`mode` enum('preview','post') NOT NULL,
	`status` enum('queued','running','stopped','done','failed') NOT NULL DEFAULT 'queued',
	`cursor_us` bigint NOT NULL DEFAULT 0,
	`cursor_leg` char(36) character set ascii collate ascii_bin,
	`legs_total` int NOT NULL DEFAULT 0,
	`legs_seen` int NOT NULL DEFAULT 0,
	`legs_changed` int NOT NULL DEFAULT 0,
	`legs_skipped` int NOT NULL DEFAULT 0,
	`totals` json,
	`error` varchar(500),
	`owner` varchar(64) character set ascii collate ascii_bin,
	`lease_until` datetime(3),
	`actor` varchar(120) character set ascii collate ascii_bin NOT NULL,
	`note` varchar(255) NOT NULL DEFAULT '',
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`finished_at` datetime(3),
	CONSTRAINT `reratings_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `ledger_transactions` MODIFY COLUMN `kind` enum('call','payment','adjustment','rerating') NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plans` MODIFY COLUMN `strategy` enum('cheapest','priority','tolerance','quality','percentage','fixed') NOT NULL DEFAULT 'cheapest';
--> statement-breakpoint
ALTER TABLE `rate_releases` MODIFY COLUMN `status` enum('importing','draft','active','discarded') NOT NULL DEFAULT 'draft';
--> statement-breakpoint
ALTER TABLE `accounts` ADD `mobile_rate_sheet_id` bigint;
--> statement-breakpoint
ALTER TABLE `accounts` ADD `trusts_lrn` boolean DEFAULT false NOT NULL;
--> statement-breakpoint
ALTER TABLE `extensions` ADD `kind` enum('sip','mobile') DEFAULT 'sip' NOT NULL;
--> statement-breakpoint
ALTER TABLE `extensions` ADD `mobile_number` varchar(15) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `calls` ADD `routing_number` varchar(15) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `calls` ADD `jurisdiction` enum('interstate','intrastate','unknown');
--> statement-breakpoint
ALTER TABLE `legs` ADD `rerated_price` decimal(20,6);
--> statement-breakpoint
ALTER TABLE `legs` ADD `rerated_cost` decimal(20,6);
--> statement-breakpoint
ALTER TABLE `carriers` ADD `credit_limit` decimal(20,6);
--> statement-breakpoint
ALTER TABLE `carriers` ADD `max_channels` int;
--> statement-breakpoint
ALTER TABLE `carriers` ADD `max_cps` int;
--> statement-breakpoint
ALTER TABLE `carriers` ADD `causes` json;
--> statement-breakpoint
ALTER TABLE `gateways` ADD `max_channels` int;
--> statement-breakpoint
ALTER TABLE `gateways` ADD `max_cps` int;
--> statement-breakpoint
ALTER TABLE `gateways` ADD `allow_transcoding` boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plan_carriers` ADD `share_percent` int DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plan_carriers` ADD `jurisdiction` enum('any','interstate','intrastate') DEFAULT 'any' NOT NULL;
--> statement-breakpoint
ALTER TABLE `ledger_transactions` ADD `corrects_id` char(36) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD `use_acd` boolean DEFAULT true NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD `tolerance_percent` decimal(9,4) DEFAULT '0' NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD `quality_window_h` int DEFAULT 24 NOT NULL;
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD `quality_min_attempts` int DEFAULT 20 NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_releases` ADD `rejected_count` int DEFAULT 0 NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_releases` ADD `base_release_id` bigint;
--> statement-breakpoint
ALTER TABLE `rate_releases` ADD `import_id` char(36) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `grace_s` int;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `free_s` int;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `initial_rate_per_minute` decimal(18,8);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `min_cost` decimal(18,8);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `max_cost` decimal(18,8);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `tiers` json;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `days` varchar(13) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `dates` json;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `time_from` varchar(8) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `time_to` varchar(8) character set ascii collate ascii_bin;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `intrastate_rate` decimal(18,8);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `indeterminate_rate` decimal(18,8);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD `window_key` varchar(32) character set ascii collate ascii_bin DEFAULT '' NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD `tax_mode` enum('added','included') DEFAULT 'added' NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD `time_of_day_policy` enum('start','split') DEFAULT 'start' NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD `rated_on` enum('number','lrn') DEFAULT 'number' NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD `notice_days` int DEFAULT 7 NOT NULL;
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD `import_mapping` json;
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD CONSTRAINT `rate_rows_window_unique` UNIQUE(`release_id`,`prefix`,`priority`,`window_key`);
--> statement-breakpoint
ALTER TABLE `rate_rows` DROP INDEX `rate_rows_prefix_unique`;
--> statement-breakpoint
ALTER TABLE `rate_import_errors` ADD CONSTRAINT `rate_import_errors_import_id_rate_imports_id_fk` FOREIGN KEY (`import_id`) REFERENCES `rate_imports`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `rate_imports` ADD CONSTRAINT `rate_imports_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `rate_imports` ADD CONSTRAINT `rate_imports_release_id_rate_releases_id_fk` FOREIGN KEY (`release_id`) REFERENCES `rate_releases`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `release_previews` ADD CONSTRAINT `release_previews_release_id_rate_releases_id_fk` FOREIGN KEY (`release_id`) REFERENCES `rate_releases`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `rate_activations` ADD CONSTRAINT `rate_activations_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `rate_activations` ADD CONSTRAINT `rate_activations_release_id_rate_releases_id_fk` FOREIGN KEY (`release_id`) REFERENCES `rate_releases`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE `leg_corrections` ADD CONSTRAINT `leg_corrections_rerating_id_reratings_id_fk` FOREIGN KEY (`rerating_id`) REFERENCES `reratings`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX `channel_claims_open_index` ON `channel_claims` (`resource`,`resource_id`,`state`);
--> statement-breakpoint
CREATE INDEX `channel_claims_rate_index` ON `channel_claims` (`resource`,`resource_id`,`created_us`);
--> statement-breakpoint
CREATE INDEX `leg_charges_sheet_index` ON `leg_charges` (`sheet_id`,`start_us`);
--> statement-breakpoint
CREATE INDEX `leg_charges_party_index` ON `leg_charges` (`role`,`party_id`,`start_us`);
--> statement-breakpoint
CREATE INDEX `leg_charges_start_index` ON `leg_charges` (`start_us`);
--> statement-breakpoint
CREATE INDEX `carrier_quality_slice_index` ON `carrier_quality` (`slice_s`);
--> statement-breakpoint
CREATE INDEX `rate_imports_sheet_index` ON `rate_imports` (`sheet_id`,`created_at`);
--> statement-breakpoint
CREATE INDEX `rate_imports_status_index` ON `rate_imports` (`status`,`lease_until`);
--> statement-breakpoint
CREATE INDEX `rate_activations_release_index` ON `rate_activations` (`release_id`);
--> statement-breakpoint
CREATE INDEX `leg_corrections_leg_index` ON `leg_corrections` (`leg_uuid`);
--> statement-breakpoint
CREATE INDEX `reratings_status_index` ON `reratings` (`status`,`lease_until`);
--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_mobile_check` CHECK ((`kind` = 'mobile') = (`mobile_number` is not null));
--> statement-breakpoint
ALTER TABLE `carriers` ADD CONSTRAINT `carriers_credit_check` CHECK (`credit_limit` is null or `credit_limit` >= 0);
--> statement-breakpoint
ALTER TABLE `carriers` ADD CONSTRAINT `carriers_capacity_check` CHECK ((`max_channels` is null or `max_channels` >= 0) and (`max_cps` is null or `max_cps` >= 0));
--> statement-breakpoint
ALTER TABLE `gateways` ADD CONSTRAINT `gateways_capacity_check` CHECK ((`max_channels` is null or `max_channels` >= 0) and (`max_cps` is null or `max_cps` >= 0));
--> statement-breakpoint
ALTER TABLE `lcr_plan_carriers` ADD CONSTRAINT `lcr_plan_carriers_share_check` CHECK (`share_percent` between 0 and 100);
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD CONSTRAINT `lcr_plans_quality_check` CHECK (`quality_window_h` between 1 and 168);
--> statement-breakpoint
ALTER TABLE `lcr_plans` ADD CONSTRAINT `lcr_plans_tolerance_check` CHECK (`tolerance_percent` >= 0);
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD CONSTRAINT `rate_rows_seconds_check` CHECK ((`grace_s` is null or `grace_s` >= 0) and (`free_s` is null or `free_s` >= 0));
--> statement-breakpoint
ALTER TABLE `rate_rows` ADD CONSTRAINT `rate_rows_jurisdiction_check` CHECK ((`intrastate_rate` is null) = (`indeterminate_rate` is null));
--> statement-breakpoint
ALTER TABLE `rate_sheets` ADD CONSTRAINT `rate_sheets_notice_check` CHECK (`notice_days` between 0 and 365);
--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_mobile_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`mobile_rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
CREATE INDEX `ledger_transactions_corrects_index` ON `ledger_transactions` (`corrects_id`);
