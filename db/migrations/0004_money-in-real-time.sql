CREATE TABLE `allowance_buckets` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`owner_type` enum('package','did') NOT NULL,
	`owner_id` bigint NOT NULL,
	`period_start_us` bigint NOT NULL,
	`period_end_us` bigint NOT NULL,
	`generation` int NOT NULL DEFAULT 0,
	`total_s` int NOT NULL,
	`used_s` int NOT NULL DEFAULT 0,
	`held_s` int NOT NULL DEFAULT 0,
	CONSTRAINT `allowance_buckets_id` PRIMARY KEY(`id`),
	CONSTRAINT `allowance_buckets_period_unique` UNIQUE(`owner_type`,`owner_id`,`period_start_us`,`generation`),
	CONSTRAINT `allowance_buckets_seconds_check` CHECK(`used_s` >= 0 and `held_s` >= 0 and `used_s` + `held_s` <= `total_s`)
);
--> statement-breakpoint
CREATE TABLE `allowance_holds` (
	`call_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`bucket_id` bigint NOT NULL,
	`seconds` int NOT NULL,
	`used_s` int NOT NULL DEFAULT 0,
	`state` enum('held','released') NOT NULL DEFAULT 'held',
	`created_us` bigint NOT NULL,
	`released_us` bigint,
	CONSTRAINT `allowance_holds_pk` PRIMARY KEY(`call_id`,`bucket_id`),
	CONSTRAINT `allowance_holds_seconds_check` CHECK(`seconds` >= 0 and `used_s` between 0 and `seconds`)
);
--> statement-breakpoint
CREATE TABLE `package_assignments` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`package_id` bigint NOT NULL,
	`account_id` bigint NOT NULL,
	`extension_id` bigint,
	`starts_on` date NOT NULL,
	`ends_on` date,
	`generation` int NOT NULL DEFAULT 0,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `package_assignments_id` PRIMARY KEY(`id`),
	CONSTRAINT `package_assignments_days_check` CHECK(`ends_on` is null or `ends_on` > `starts_on`)
);
--> statement-breakpoint
CREATE TABLE `package_prefixes` (
	`package_id` bigint NOT NULL,
	`prefix` varchar(15) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `package_prefixes_pk` PRIMARY KEY(`package_id`,`prefix`),
	CONSTRAINT `package_prefixes_check` CHECK(`prefix` regexp '^[0-9]{0,15}$')
);
--> statement-breakpoint
CREATE TABLE `packages` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`account_id` bigint NOT NULL,
	`name` varchar(160) NOT NULL,
	`period` enum('monthly','once') NOT NULL DEFAULT 'monthly',
	`included_s` int NOT NULL,
	`increment_s` int NOT NULL DEFAULT 1,
	`status` enum('active','disabled') NOT NULL DEFAULT 'active',
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `packages_id` PRIMARY KEY(`id`),
	CONSTRAINT `packages_name_unique` UNIQUE(`account_id`,`name`),
	CONSTRAINT `packages_seconds_check` CHECK(`included_s` >= 1 and `increment_s` between 1 and 3600)
);
--> statement-breakpoint
CREATE TABLE `account_blocks` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`account_id` bigint NOT NULL,
	`rule` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`open_key` varchar(80) character set ascii collate ascii_bin,
	`since_us` bigint NOT NULL,
	`detail` json NOT NULL,
	`released_us` bigint,
	`released_by` varchar(160),
	CONSTRAINT `account_blocks_id` PRIMARY KEY(`id`),
	CONSTRAINT `account_blocks_open_unique` UNIQUE(`open_key`)
);
--> statement-breakpoint
CREATE TABLE `account_countries` (
	`account_id` bigint NOT NULL,
	`country` char(2) NOT NULL,
	`source` enum('called','allowed') NOT NULL,
	`created_us` bigint NOT NULL,
	CONSTRAINT `account_countries_pk` PRIMARY KEY(`account_id`,`country`)
);
--> statement-breakpoint
CREATE TABLE `account_days` (
	`account_id` bigint NOT NULL,
	`day` date NOT NULL,
	`spent` decimal(20,6) NOT NULL DEFAULT '0',
	CONSTRAINT `account_days_pk` PRIMARY KEY(`account_id`,`day`)
);
--> statement-breakpoint
CREATE TABLE `account_guards` (
	`account_id` bigint NOT NULL,
	`daily_spend` decimal(20,6),
	`max_price_per_minute` decimal(18,8),
	`night_from` char(5),
	`night_to` char(5),
	`night_max_price_per_minute` decimal(18,8),
	`new_country` enum('off','alert','block') NOT NULL DEFAULT 'off',
	`short_call_s` int,
	`short_call_count` int,
	`short_call_window_s` int,
	`version` int NOT NULL DEFAULT 1,
	`created_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	`updated_at` datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
	CONSTRAINT `account_guards_account_id` PRIMARY KEY(`account_id`),
	CONSTRAINT `account_guards_night_check` CHECK((`night_from` is null) = (`night_to` is null) and (`night_from` is null) = (`night_max_price_per_minute` is null)),
	CONSTRAINT `account_guards_short_check` CHECK((`short_call_s` is null) = (`short_call_count` is null) and (`short_call_s` is null) = (`short_call_window_s` is null)),
	CONSTRAINT `account_guards_amounts_check` CHECK((`daily_spend` is null or `daily_spend` >= 0) and (`max_price_per_minute` is null or `max_price_per_minute` >= 0))
);
--> statement-breakpoint
CREATE TABLE `low_balance_states` (
	`ledger_account_id` bigint NOT NULL,
	`state` enum('armed','fired') NOT NULL DEFAULT 'armed',
	`crossings` int NOT NULL DEFAULT 0,
	CONSTRAINT `low_balance_states_ledger_account_id` PRIMARY KEY(`ledger_account_id`)
);
--> statement-breakpoint
CREATE TABLE `notices` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`kind` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`account_id` bigint,
	`extension_id` bigint,
	`occasion` varchar(190) character set ascii collate ascii_bin NOT NULL,
	`recipient` varchar(190),
	`payload` json NOT NULL,
	`state` enum('pending','sent','failed','kept') NOT NULL DEFAULT 'pending',
	`attempts` int NOT NULL DEFAULT 0,
	`not_before_us` bigint NOT NULL DEFAULT 0,
	`created_us` bigint NOT NULL,
	`sent_us` bigint,
	`error` varchar(255),
	CONSTRAINT `notices_id` PRIMARY KEY(`id`),
	CONSTRAINT `notices_occasion_unique` UNIQUE(`occasion`)
);
--> statement-breakpoint
ALTER TABLE `channel_claims` MODIFY COLUMN `resource` enum('gateway','carrier','account','extension','did') NOT NULL;--> statement-breakpoint
ALTER TABLE `leg_charges` MODIFY COLUMN `role` enum('payer','carrier','extension') NOT NULL;--> statement-breakpoint
ALTER TABLE `channel_locks` MODIFY COLUMN `resource` enum('gateway','carrier','account','extension','did') NOT NULL;--> statement-breakpoint
ALTER TABLE `ledger_accounts` MODIFY COLUMN `owner_type` enum('account','carrier','extension') NOT NULL;--> statement-breakpoint
ALTER TABLE `ledger_transactions` MODIFY COLUMN `kind` enum('call','payment','adjustment','rerating','transfer') NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `inbound_rate_sheet_id` bigint;--> statement-breakpoint
ALTER TABLE `accounts` ADD `paid_by_id` bigint;--> statement-breakpoint
ALTER TABLE `accounts` ADD `max_cps` int;--> statement-breakpoint
ALTER TABLE `accounts` ADD `low_balance` decimal(20,6);--> statement-breakpoint
ALTER TABLE `accounts` ADD `notice_email` varchar(190);--> statement-breakpoint
ALTER TABLE `extensions` ADD `funds` enum('account','own','shared') DEFAULT 'account' NOT NULL;--> statement-breakpoint
ALTER TABLE `extensions` ADD `funds_extension_id` bigint;--> statement-breakpoint
ALTER TABLE `extensions` ADD `credit_limit` decimal(20,6) DEFAULT '0' NOT NULL;--> statement-breakpoint
ALTER TABLE `extensions` ADD `max_calls` int;--> statement-breakpoint
ALTER TABLE `extensions` ADD `max_cps` int;--> statement-breakpoint
ALTER TABLE `extensions` ADD `forward_to` varchar(32) character set ascii collate ascii_bin;--> statement-breakpoint
ALTER TABLE `extensions` ADD `low_balance` decimal(20,6);--> statement-breakpoint
ALTER TABLE `extensions` ADD `notice_email` varchar(190);--> statement-breakpoint
ALTER TABLE `holds` ADD `extension_id` bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `leg_charges` ADD `covered_s` int DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `channel_locks` ADD `claims` bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `gateways` ADD `carries_emergency` boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `dids` ADD `max_channels` int;--> statement-breakpoint
ALTER TABLE `dids` ADD `max_cps` int;--> statement-breakpoint
ALTER TABLE `dids` ADD `rate_sheet_id` bigint;--> statement-breakpoint
ALTER TABLE `dids` ADD `free_minutes` int DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `holds` ADD CONSTRAINT `holds_call_payer_unique` UNIQUE(`call_id`,`account_id`,`extension_id`);--> statement-breakpoint
ALTER TABLE `holds` DROP INDEX `holds_call_account_unique`;--> statement-breakpoint
ALTER TABLE `allowance_holds` ADD CONSTRAINT `allowance_holds_call_id_calls_id_fk` FOREIGN KEY (`call_id`) REFERENCES `calls`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `allowance_holds` ADD CONSTRAINT `allowance_holds_bucket_id_allowance_buckets_id_fk` FOREIGN KEY (`bucket_id`) REFERENCES `allowance_buckets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `package_assignments` ADD CONSTRAINT `package_assignments_package_id_packages_id_fk` FOREIGN KEY (`package_id`) REFERENCES `packages`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `package_assignments` ADD CONSTRAINT `package_assignments_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `package_assignments` ADD CONSTRAINT `package_assignments_extension_id_extensions_id_fk` FOREIGN KEY (`extension_id`) REFERENCES `extensions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `package_prefixes` ADD CONSTRAINT `package_prefixes_package_id_packages_id_fk` FOREIGN KEY (`package_id`) REFERENCES `packages`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `packages` ADD CONSTRAINT `packages_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `account_blocks` ADD CONSTRAINT `account_blocks_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `account_countries` ADD CONSTRAINT `account_countries_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `account_days` ADD CONSTRAINT `account_days_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `account_guards` ADD CONSTRAINT `account_guards_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `notices` ADD CONSTRAINT `notices_account_id_accounts_id_fk` FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX `allowance_holds_bucket_index` ON `allowance_holds` (`bucket_id`,`state`);--> statement-breakpoint
CREATE INDEX `package_assignments_account_index` ON `package_assignments` (`account_id`);--> statement-breakpoint
CREATE INDEX `account_blocks_account_index` ON `account_blocks` (`account_id`,`since_us`);--> statement-breakpoint
CREATE INDEX `notices_state_index` ON `notices` (`state`,`not_before_us`);--> statement-breakpoint
CREATE INDEX `notices_account_index` ON `notices` (`account_id`,`created_us`);--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_max_cps_check` CHECK (`max_cps` is null or `max_cps` >= 0);--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_funds_check` CHECK ((`funds` = 'shared') = (`funds_extension_id` is not null));--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_credit_limit_check` CHECK (`credit_limit` >= 0);--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_capacity_check` CHECK ((`max_calls` is null or `max_calls` >= 0) and (`max_cps` is null or `max_cps` >= 0));--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_capacity_check` CHECK ((`max_channels` is null or `max_channels` >= 0) and (`max_cps` is null or `max_cps` >= 0));--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_free_minutes_check` CHECK (`free_minutes` >= 0);--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_inbound_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`inbound_rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `accounts` ADD CONSTRAINT `accounts_paid_by_fk` FOREIGN KEY (`paid_by_id`) REFERENCES `accounts`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `extensions` ADD CONSTRAINT `extensions_funds_fk` FOREIGN KEY (`funds_extension_id`) REFERENCES `extensions`(`id`) ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE `dids` ADD CONSTRAINT `dids_rate_sheet_id_rate_sheets_id_fk` FOREIGN KEY (`rate_sheet_id`) REFERENCES `rate_sheets`(`id`) ON DELETE no action ON UPDATE no action;