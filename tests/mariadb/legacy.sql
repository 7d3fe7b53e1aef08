-- A LAMP application's tables, as a small start-up may have made them, and Parley's views over them.
CREATE TABLE members (
  member_id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  mail VARCHAR(255) COLLATE utf8mb4_general_ci NOT NULL,
  pass VARCHAR(255) NOT NULL,
  full_name VARCHAR(100) NULL,
  is_pro TINYINT(1) NOT NULL DEFAULT 0,
  about TEXT NULL,
  trade VARCHAR(40) NULL,
  company VARCHAR(80) NULL,
  lang CHAR(5) NULL,
  active TINYINT(1) NOT NULL DEFAULT 1,
  KEY (mail)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE pm (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  from_id INT UNSIGNED NOT NULL,
  to_id INT UNSIGNED NOT NULL,
  sent DATETIME(3) NOT NULL,
  body MEDIUMTEXT NULL,
  deleted TINYINT(1) NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

