-- What src/jobs/migrations come to. Written by `npm run schema`, never by hand; a test compares it.
-- Where a column names no collation, it has its server's default for utf8mb4.

CREATE TABLE business_reports (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  report_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  entity_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  bets_count BIGINT NOT NULL,
  bets_units BIGINT NOT NULL,
  wins_count BIGINT NOT NULL,
  wins_units BIGINT NOT NULL,
  freespins_count BIGINT NOT NULL,
  freespins_units BIGINT NOT NULL,
  jackpots_count BIGINT NOT NULL,
  jackpots_units BIGINT NOT NULL,
  ggr_units BIGINT NOT NULL,
  body TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  pulled_at_ms BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, report_day, vendor, currency_code, entity_name)
) ENGINE=InnoDB;

CREATE TABLE catalogue_changes (
  change_id BIGINT NOT NULL AUTO_INCREMENT,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  field VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  value_before VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  value_after VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  PRIMARY KEY (change_id),
  KEY by_item (operator_id, kind, item_id, change_id),
  KEY by_operator (operator_id, change_id)
) ENGINE=InnoDB;

CREATE TABLE catalogue_games (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  title VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  type VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  platform VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  enabled TINYINT NOT NULL,
  fun_mode TINYINT NOT NULL,
  campaigns TINYINT NOT NULL,
  created_on VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  picture_url VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  first_seen_at_ms BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  missing_since_ms BIGINT NULL,
  PRIMARY KEY (operator_id, game_id)
) ENGINE=InnoDB;

CREATE TABLE catalogue_lobbies (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lobby_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  picture_url VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  first_seen_at_ms BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  missing_since_ms BIGINT NULL,
  PRIMARY KEY (operator_id, lobby_id)
) ENGINE=InnoDB;

CREATE TABLE discrepancies (
  discrepancy_id BIGINT NOT NULL AUTO_INCREMENT,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  finding_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  data_id BIGINT NOT NULL,
  transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_units BIGINT NOT NULL,
  detail VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  occurred_at_ms BIGINT NOT NULL,
  found_at_ms BIGINT NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  correction VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_automatic TINYINT NOT NULL,
  resolution VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  proposed_by VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  proposed_at_ms BIGINT NULL,
  approved_by VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  resolved_at_ms BIGINT NULL,
  note VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  correction_transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  report_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  PRIMARY KEY (discrepancy_id),
  UNIQUE KEY by_finding (provider, finding_key),
  KEY by_state (state, found_at_ms),
  KEY by_terminal (hall_id, uid, occurred_at_ms)
) ENGINE=InnoDB;

CREATE TABLE game_log_details (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  data_id BIGINT NOT NULL,
  html MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
  fetched_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, data_id)
) ENGINE=InnoDB;

CREATE TABLE game_logs (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  data_id BIGINT NOT NULL,
  played_at_ms BIGINT NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  bet_units BIGINT NOT NULL,
  win_units BIGINT NOT NULL,
  line_count BIGINT NOT NULL,
  balance_units BIGINT NOT NULL,
  harvested_at_ms BIGINT NOT NULL,
  bet_transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  win_transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  matched_at_ms BIGINT NULL,
  PRIMARY KEY (hall_id, uid, data_id),
  KEY by_played (hall_id, uid, played_at_ms)
) ENGINE=InnoDB;

CREATE TABLE hand_histories (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  history_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  type VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  sha256 CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fetched_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, transaction_id)
) ENGINE=InnoDB;

CREATE TABLE harvest_activity (
  id TINYINT NOT NULL,
  seen_until_ms BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

CREATE TABLE harvest_gaps (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_ms BIGINT NOT NULL,
  until_ms BIGINT NOT NULL,
  found_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, from_ms)
) ENGINE=InnoDB;

CREATE TABLE harvests (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  harvested_from_ms BIGINT NULL,
  harvested_until_ms BIGINT NOT NULL,
  active_until_ms BIGINT NOT NULL,
  due_at_ms BIGINT NULL,
  failures INT NOT NULL,
  error VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  tried_at_ms BIGINT NULL,
  record_count BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid),
  KEY by_due (due_at_ms)
) ENGINE=InnoDB;

CREATE TABLE jobs_schema_migrations (
  version INT NOT NULL,
  name VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  applied_at_ms BIGINT NOT NULL,
  PRIMARY KEY (version)
) ENGINE=InnoDB;

CREATE TABLE limit_readings (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  read_at_ms BIGINT NOT NULL,
  is_enabled TINYINT NOT NULL,
  is_exceeded TINYINT NOT NULL,
  available_units BIGINT NULL,
  limit_units BIGINT NULL,
  used_units BIGINT NULL,
  PRIMARY KEY (operator_id, kind, currency_code, read_at_ms)
) ENGINE=InnoDB;

CREATE TABLE platform_pulls (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_at_ms BIGINT NULL,
  leased_until_ms BIGINT NOT NULL,
  done_at_ms BIGINT NULL,
  pulls INT NOT NULL,
  failures INT NOT NULL,
  error VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  PRIMARY KEY (operator_id, kind, item),
  KEY by_due (kind, due_at_ms)
) ENGINE=InnoDB;

CREATE TABLE reconciliation_cuts (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settled_until_ms BIGINT NOT NULL,
  cut VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  after_seq BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, settled_until_ms)
) ENGINE=InnoDB;

CREATE TABLE reconciliation_days (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  utc_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  automatic_units BIGINT NOT NULL,
  PRIMARY KEY (operator_id, currency_code, utc_day)
) ENGINE=InnoDB;

CREATE TABLE reconciliations (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  version BIGINT NOT NULL,
  settled_until_ms BIGINT NOT NULL,
  cut VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  after_seq BIGINT NOT NULL,
  seen_seq BIGINT NOT NULL,
  rewind_to_ms BIGINT NULL,
  kept_cut_ms BIGINT NOT NULL,
  matched_records BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid)
) ENGINE=InnoDB;

CREATE TABLE registrations (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  operation_id BIGINT NOT NULL,
  phone VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  leased_until_ms BIGINT NOT NULL,
  registered_at_ms BIGINT NULL,
  PRIMARY KEY (operator_id, user_id, hall_id),
  UNIQUE KEY by_operation (operation_id)
) ENGINE=InnoDB;

CREATE TABLE report_comparisons (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  report_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  ours TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  theirs TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  finding_key VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reconciled_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, report_day, vendor, currency_code),
  KEY by_day (report_day)
) ENGINE=InnoDB;

CREATE TABLE terminal_sessions (
  token VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opened_at_ms BIGINT NOT NULL,
  look_at_ms BIGINT NOT NULL,
  closing_at_ms BIGINT NULL,
  closed_at_ms BIGINT NULL,
  PRIMARY KEY (token),
  KEY by_look (closed_at_ms, look_at_ms),
  KEY by_terminal (hall_id, uid)
) ENGINE=InnoDB;

CREATE TABLE transfers (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transfer_id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  direction VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  requested_units BIGINT NOT NULL,
  amount_units BIGINT NOT NULL,
  operation_id BIGINT NOT NULL,
  state VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  doubted_at_ms BIGINT NULL,
  is_stuck TINYINT NOT NULL,
  failures INT NOT NULL,
  attempts INT NOT NULL,
  due_at_ms BIGINT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, transfer_id),
  KEY by_due (due_at_ms),
  UNIQUE KEY by_operation (operation_id),
  KEY by_time (created_at_ms)
) ENGINE=InnoDB;
