-- StarGame's agents, what kind of hall it is, and the terminals' passwords at the game server.

CREATE TABLE agents (
  agent_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  password_ciphertext VARBINARY(512) NOT NULL,
  created_at_ms BIGINT NOT NULL,
  updated_at_ms BIGINT NOT NULL,
  PRIMARY KEY (agent_id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

ALTER TABLE halls
  ADD COLUMN agent_id VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  ADD COLUMN mode VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'seamless';

ALTER TABLE terminals
  ADD COLUMN password_ciphertext VARBINARY(512) NULL;
