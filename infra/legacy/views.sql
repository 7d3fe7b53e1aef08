-- What Parley reads of a legacy database: three views, which give its own tables and columns the names below. This
-- example is for the tables `members` and `pm`; yours have other names. Nothing else has to know them.
--
-- parley_users: everybody who may sign in. `role` is consumer or provider, `password` the stored hash.
CREATE OR REPLACE VIEW parley_users AS
  SELECT member_id AS id, mail AS email, full_name AS name,
         IF(is_pro, 'provider', 'consumer') AS role, pass AS password
  FROM members WHERE active = 1;

-- parley_profiles: what users tell others. Empty or NULL is what there is not. `category` and `business` count for
-- providers only, and `locale` is a BCP 47 language tag.
CREATE OR REPLACE VIEW parley_profiles AS
  SELECT member_id AS id, about, lang AS locale, trade AS category, company AS business
  FROM members WHERE active = 1;

-- parley_messages: what one user has written to another. `at` is in milliseconds since 1970, UTC.
CREATE OR REPLACE VIEW parley_messages AS
  SELECT id, from_id AS sender, to_id AS recipient,
         CAST(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', sent) DIV 1000 AS SIGNED) AS at, body AS text
  FROM pm WHERE deleted = 0;
