-- What the jobs keep for themselves. Money is the wallet's: nothing here moves any.

-- A registration is noted before StarGame is asked, under the operation id that makes a repeated packet known.
CREATE TABLE registrations (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  user_id VARCHAR(70) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  operation_id BIGINT NOT NULL,
  phone VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  -- Until then a process is at it.
  leased_until_ms BIGINT NOT NULL,
  registered_at_ms BIGINT NULL,
  PRIMARY KEY (operator_id, user_id, hall_id),
  UNIQUE KEY by_operation (operation_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Sessions at StarGame, each beside one of ours; closed when ours has ended.
CREATE TABLE terminal_sessions (
  token VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  opened_at_ms BIGINT NOT NULL,
  look_at_ms BIGINT NOT NULL,
  closing_at_ms BIGINT NULL,
  closed_at_ms BIGINT NULL,
  PRIMARY KEY (token),
  KEY by_terminal (hall_id, uid),
  KEY by_look (closed_at_ms, look_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Transfers to terminals and back; the row is the saga, a job only wakes it up.
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
  detail VARCHAR(255) NOT NULL,
  -- When StarGame was last asked without saying what became of it.
  doubted_at_ms BIGINT NULL,
  -- Tried on, but somebody has to look.
  is_stuck TINYINT NOT NULL,
  failures INT NOT NULL,
  -- How often a process took it up: what a process writes counts only while this is still its own number.
  attempts INT NOT NULL,
  -- When it may be taken up; null at its end. Whoever takes it up moves this ahead.
  due_at_ms BIGINT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, transfer_id),
  UNIQUE KEY by_operation (operation_id),
  KEY by_due (due_at_ms),
  KEY by_time (created_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- StarGame's game logs, each once. Played times have whole seconds; data_id is StarGame's.
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE game_log_details (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  data_id BIGINT NOT NULL,
  html MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
  fetched_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, data_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How far each terminal's logs are read, and matched. due_at_ms: when it is to be read next.
CREATE TABLE harvests (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  -- Where its logs begin here; NULL: not said.
  harvested_from_ms BIGINT NULL,
  harvested_until_ms BIGINT NOT NULL,
  active_until_ms BIGINT NOT NULL,
  due_at_ms BIGINT NULL,
  failures INT NOT NULL,
  error VARCHAR(255) NOT NULL,
  tried_at_ms BIGINT NULL,
  record_count BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid),
  KEY by_due (due_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Up to where the wallet was asked which terminals were played at; one row.
CREATE TABLE harvest_activity (
  id TINYINT NOT NULL,
  seen_until_ms BIGINT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Spans that were older than StarGame keeps when we came to read them.
CREATE TABLE harvest_gaps (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  from_ms BIGINT NOT NULL,
  until_ms BIGINT NOT NULL,
  found_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, from_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How far each terminal is reconciled: both sides were known up to settled_until_ms, and what is before the cut (JSON) is settled. after_seq:
-- where to read the ledger on; seen_seq: the last row seen. rewind_to_ms: something came late, and it is to begin before that time again.
-- version: of two that reconcile the same terminal, the second notices.
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Cuts of before, to go back to: two a day, for a month.
CREATE TABLE reconciliation_cuts (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  settled_until_ms BIGINT NOT NULL,
  cut VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  after_seq BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid, settled_until_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What was corrected without a person, by day (UTC, as 2026-11-20).
CREATE TABLE reconciliation_days (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  utc_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  automatic_units BIGINT NOT NULL,
  PRIMARY KEY (operator_id, currency_code, utc_day)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Differences between the ledger and a provider's own books. finding_key: the same difference found again is the same row. is_automatic:
-- may be corrected without a person, within the limits; nothing that a person has touched.
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
  detail VARCHAR(255) NOT NULL,
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
  note VARCHAR(255) NOT NULL,
  correction_transaction_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  PRIMARY KEY (discrepancy_id),
  UNIQUE KEY by_finding (provider, finding_key),
  KEY by_state (state, found_at_ms),
  KEY by_terminal (hall_id, uid, occurred_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
