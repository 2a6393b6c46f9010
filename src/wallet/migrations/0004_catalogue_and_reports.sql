-- Sessions that end when they are idle, which games an operator's provider has switched off, and what reports are compared with.

-- idle_timeout_ms: 0: none. used_at_ms: when the session was last used, give or take a part of its idle time-out.
ALTER TABLE sessions
  ADD COLUMN idle_timeout_ms BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN used_at_ms BIGINT NOT NULL DEFAULT 0;

-- is_pinned: a person has decided on the game, and no list of a provider's changes that.
ALTER TABLE games
  ADD COLUMN is_pinned TINYINT NOT NULL DEFAULT 0;

-- Games that a provider's list calls disabled, for one operator.
CREATE TABLE disabled_games (
  operator_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  provider VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  game_id VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  disabled_at_ms BIGINT NOT NULL,
  PRIMARY KEY (operator_id, provider, game_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- day: when the transaction was written. played_day: when the provider says it was made, which is the day that its reports count it on; 0, as
-- of all rows so far: the same day. In one statement, so that it is done or not while wallets of the version before book beside it.
ALTER TABLE day_totals
  ADD COLUMN played_day INT NOT NULL DEFAULT 0,
  ADD COLUMN jackpot_count BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN jackpot_units BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN free_spin_bet_count BIGINT NOT NULL DEFAULT 0,
  DROP PRIMARY KEY,
  ADD PRIMARY KEY (day, operator_id, provider, game_id, currency_code, vendor, played_day);

-- With the game in it, a day's play of a few games is found without reading the rows of all others.
ALTER TABLE transactions
  DROP KEY by_time,
  ADD KEY by_time (created_at_ms, game_id);
