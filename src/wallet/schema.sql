-- What src/wallet/migrations come to. Written by `npm run schema`, never by hand; a test compares it.
-- Where a column names no collation, it has its server's default for utf8mb4.

CREATE TABLE accounts (
  player_id BIGINT NOT NULL,
  balance_units BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  counted_day INT NOT NULL,
  stake_day_units BIGINT NOT NULL,
  stake_week_units BIGINT NOT NULL,
  stake_month_units BIGINT NOT NULL,
  loss_day_units BIGINT NOT NULL,
  loss_week_units BIGINT NOT NULL,
  loss_month_units BIGINT NOT NULL,
  PRIMARY KEY (player_id)
) ENGINE=InnoDB;

CREATE TABLE agents (
  agent_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  password_ciphertext VARBINARY(512) NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (agent_id)
) ENGINE=InnoDB;

CREATE TABLE anomalies (
  player_id BIGINT NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  found_at_ms BIGINT NOT NULL,
  resolved_at_ms BIGINT NULL,
  PRIMARY KEY (player_id, provider, round_id, kind),
  KEY by_time (found_at_ms)
) ENGINE=InnoDB;

CREATE TABLE audit (
  audit_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  actor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  action VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  detail VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  PRIMARY KEY (audit_id)
) ENGINE=InnoDB;

CREATE TABLE day_totals (
  day INT NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  bet_count BIGINT NOT NULL,
  bet_units BIGINT NOT NULL,
  win_count BIGINT NOT NULL,
  win_units BIGINT NOT NULL,
  refund_count BIGINT NOT NULL,
  refund_units BIGINT NOT NULL,
  free_spin_count BIGINT NOT NULL,
  free_spin_win_units BIGINT NOT NULL,
  rake_ten_thousandths BIGINT NOT NULL,
  round_count BIGINT NOT NULL,
  played_day INT NOT NULL DEFAULT 0,
  jackpot_count BIGINT NOT NULL DEFAULT 0,
  jackpot_units BIGINT NOT NULL DEFAULT 0,
  free_spin_bet_count BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (day, operator_id, provider, game_id, currency_code, vendor, played_day)
) ENGINE=InnoDB;

CREATE TABLE disabled_games (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  disabled_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, provider, game_id)
) ENGINE=InnoDB;

CREATE TABLE games (
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  enabled TINYINT NOT NULL,
  vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  title VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  is_pinned TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (provider, game_id)
) ENGINE=InnoDB;

CREATE TABLE halls (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret_ciphertext VARBINARY(512) NOT NULL,
  path_secret_ciphertext VARBINARY(512) NOT NULL,
  allowlist TEXT CHARACTER SET utf8mb4 NOT NULL,
  time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  agent_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  mode VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'seamless',
  PRIMARY KEY (hall_id)
) ENGINE=InnoDB;

CREATE TABLE limits (
  player_id BIGINT NOT NULL,
  bet_max_units BIGINT NULL,
  stake_day_units BIGINT NULL,
  stake_week_units BIGINT NULL,
  stake_month_units BIGINT NULL,
  loss_day_units BIGINT NULL,
  loss_week_units BIGINT NULL,
  loss_month_units BIGINT NULL,
  PRIMARY KEY (player_id)
) ENGINE=InnoDB;

CREATE TABLE operators (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret_ciphertext VARBINARY(512) NOT NULL,
  currencies TEXT CHARACTER SET utf8mb4 NOT NULL,
  allowlist TEXT CHARACTER SET utf8mb4 NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id)
) ENGINE=InnoDB;

CREATE TABLE outbox (
  message_id BIGINT NOT NULL,
  player_id BIGINT NOT NULL,
  topic VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  payload TEXT CHARACTER SET utf8mb4 NOT NULL,
  due_at_ms BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (message_id),
  KEY by_due (due_at_ms)
) ENGINE=InnoDB;

CREATE TABLE players (
  player_id BIGINT NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  user_name VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  display_name VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  country VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  player_group VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  blocked_at_ms BIGINT NULL,
  created_at_ms BIGINT NOT NULL,
  language VARCHAR(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'en',
  PRIMARY KEY (player_id),
  UNIQUE KEY by_user (operator_id, user_id)
) ENGINE=InnoDB;

CREATE TABLE round_totals (
  player_id BIGINT NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  bet_count INT NOT NULL DEFAULT 0,
  bet_units BIGINT NOT NULL DEFAULT 0,
  win_count INT NOT NULL DEFAULT 0,
  win_units BIGINT NOT NULL DEFAULT 0,
  refund_count INT NOT NULL DEFAULT 0,
  refund_units BIGINT NOT NULL DEFAULT 0,
  transaction_count INT NOT NULL DEFAULT 0,
  rake_ten_thousandths BIGINT NOT NULL DEFAULT 0,
  booked MEDIUMTEXT CHARACTER SET utf8mb4 NULL,
  summed_at_ms BIGINT NULL,
  PRIMARY KEY (player_id, provider, round_id)
) ENGINE=InnoDB;

CREATE TABLE rounds (
  player_id BIGINT NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  finished_at_ms BIGINT NULL,
  closed_at_ms BIGINT NULL,
  PRIMARY KEY (player_id, provider, round_id)
) ENGINE=InnoDB;

CREATE TABLE schema_migrations (
  version INT NOT NULL,
  name VARCHAR(100) CHARACTER SET utf8mb4 NOT NULL,
  checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  applied_at_ms BIGINT NOT NULL,
  PRIMARY KEY (version)
) ENGINE=InnoDB;

CREATE TABLE sessions (
  player_id BIGINT NOT NULL,
  token VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  lobby_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  closed_at_ms BIGINT NULL,
  idle_timeout_ms BIGINT NOT NULL DEFAULT 0,
  used_at_ms BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (player_id, token),
  UNIQUE KEY by_token (token)
) ENGINE=InnoDB;

CREATE TABLE stops (
  scope VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  scope_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  note VARCHAR(255) CHARACTER SET utf8mb4 NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (scope, scope_id)
) ENGINE=InnoDB;

CREATE TABLE terminals (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  player_id BIGINT NOT NULL,
  unlinked_at_ms BIGINT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  password_ciphertext VARBINARY(512) NULL,
  PRIMARY KEY (hall_id, uid),
  KEY by_player (player_id),
  KEY by_update (updated_at_ms)
) ENGINE=InnoDB;

CREATE TABLE transactions (
  player_id BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  is_reversal TINYINT NOT NULL,
  kind VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_units BIGINT NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  debit_account VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  credit_account VARCHAR(12) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  balance_after_units BIGINT NOT NULL,
  round_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  context TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
  request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  occurred_at_ms BIGINT NOT NULL,
  created_at_ms BIGINT NOT NULL,
  PRIMARY KEY (player_id, seq),
  KEY by_round (player_id, provider, round_id),
  KEY by_time (created_at_ms, game_id),
  UNIQUE KEY by_transaction (operator_id, provider, transaction_id, is_reversal)
) ENGINE=InnoDB;

CREATE TABLE watermarks (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  until_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB;
