-- Halls and terminals, the books (rounds' and days' totals, anomalies), and the audit trail.

ALTER TABLE players
  ADD COLUMN language VARCHAR(35) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'en';

CREATE TABLE halls (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  secret_ciphertext VARBINARY(512) NOT NULL,
  path_secret_ciphertext VARBINARY(512) NOT NULL,
  allowlist TEXT NOT NULL,
  time_zone VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- A terminal is its player's for ever; unlinked_at_ms only closes it.
CREATE TABLE terminals (
  hall_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  uid VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  player_id BIGINT NOT NULL,
  unlinked_at_ms BIGINT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (hall_id, uid),
  KEY by_player (player_id),
  KEY by_update (updated_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- For what reads the ledger by time: sweeps and reports. New rows come at its end.
ALTER TABLE transactions
  ADD KEY by_time (created_at_ms);

-- What the books make of a round is in a table that no money transaction touches, so that neither waits for the other. What rounds had of
-- it is not taken over: the sweep sums closed rounds that aren't here, because the days' totals need them, too.
-- booked: what of this round stands in day_totals, as JSON, so that the next sum can take it back.
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
  booked MEDIUMTEXT NULL,
  summed_at_ms BIGINT NULL,
  PRIMARY KEY (player_id, provider, round_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

ALTER TABLE rounds
  DROP COLUMN bet_units,
  DROP COLUMN win_units,
  DROP COLUMN refund_units,
  DROP COLUMN transaction_count,
  DROP COLUMN summed_at_ms;

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
  PRIMARY KEY (day, operator_id, provider, game_id, currency_code, vendor)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE anomalies (
  player_id BIGINT NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  round_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(255) NOT NULL,
  found_at_ms BIGINT NOT NULL,
  resolved_at_ms BIGINT NULL,
  PRIMARY KEY (player_id, provider, round_id, kind),
  KEY by_time (found_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- How far something has been read, so that a missed run is made up and nothing is read twice.
CREATE TABLE watermarks (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  until_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE audit (
  audit_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  actor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  action VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  target VARCHAR(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  detail VARCHAR(255) NOT NULL,
  PRIMARY KEY (audit_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
