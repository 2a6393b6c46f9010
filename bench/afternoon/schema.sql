CREATE TABLE players (
  user_id VARCHAR(70) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  currency_code VARCHAR(4) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  balance_units BIGINT NOT NULL
) ENGINE=InnoDB;

CREATE TABLE sessions (
  token VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  user_id VARCHAR(70) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  expires_at_ms BIGINT NOT NULL
) ENGINE=InnoDB;

CREATE TABLE transactions (
  transaction_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  user_id VARCHAR(70) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  amount_units BIGINT NOT NULL,
  balance_after_units BIGINT NOT NULL,
  round_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at_ms BIGINT NOT NULL,
  KEY by_user (user_id, created_at_ms)
) ENGINE=InnoDB;
