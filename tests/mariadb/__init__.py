"""What runs on a real MariaDB, which the tests start, with TLS. Without one (`make mariadb`), they are skipped."""
