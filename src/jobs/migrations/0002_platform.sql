-- PLATFORM: what is asked of it and when, its catalogue, its reports and limits, evidence, and how its reports compare with our books.

-- What is to be asked of PLATFORM for an operator, and how far that is. kind: games, lobbies, report, balance_limits, ggr_limits. item: of a
-- report its day, as 2026-11-20; else empty. Whoever takes it up moves leased_until_ms ahead. due_at_ms: NULL: done for good.
CREATE TABLE platform_pulls (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kind VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  item VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  due_at_ms BIGINT NULL,
  leased_until_ms BIGINT NOT NULL,
  -- When it was last done; NULL: never.
  done_at_ms BIGINT NULL,
  pulls INT NOT NULL,
  failures INT NOT NULL,
  error VARCHAR(255) NOT NULL,
  PRIMARY KEY (operator_id, kind, item),
  KEY by_due (kind, due_at_ms)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- PLATFORM's games of an operator, as its list has them. changed_at_ms: of anything the list says. missing_since_ms: the list no longer has it.
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
  -- The whole entry as JSON, unknown fields and exact numbers included.
  body MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  first_seen_at_ms BIGINT NOT NULL,
  changed_at_ms BIGINT NOT NULL,
  missing_since_ms BIGINT NULL,
  PRIMARY KEY (operator_id, game_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What changed and when. kind: game, lobby. field: added, missing, back, or a field of the entry; values are cut to fit.
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
  KEY by_operator (operator_id, change_id),
  KEY by_item (operator_id, kind, item_id, change_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- PLATFORM's businessReport, newest reading. Sums in 1/100 of the currency. entity_name: PLATFORM's name of the operator.
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
  -- The row as JSON, unknown fields and exact numbers included.
  body TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  pulled_at_ms BIGINT NOT NULL,
  -- When a figure last changed: they settle late.
  changed_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, report_day, vendor, currency_code, entity_name)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Our books beside PLATFORM's report, put together by vendor and currency. state: agrees, differs, provisional (our books or their report
-- are not complete yet). ours, theirs: figures as JSON, empty where that side has nothing. finding_key: of the discrepancy, empty: none.
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- What PLATFORM said of an operator's limits. kind: balance, ggr. available_units: what may still be lost; used_units: what is used of
-- limit_units. NULL: not said.
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- PLATFORM's hand histories, kept as evidence. type: json (body is the answer's data), url (body is the URL). sha256: of body.
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
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Of a difference between our books and a report: which, and the likely cause.
ALTER TABLE discrepancies
  ADD COLUMN vendor VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '',
  ADD COLUMN report_day VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN cause VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
