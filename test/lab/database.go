package lab

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"traybell/shared/protocol"

	_ "github.com/go-sql-driver/mysql" // database/sql's driver mysql
	_ "github.com/jackc/pgx/v5/stdlib" // database/sql's driver pgx
)

// Database is a MariaDB or PostgreSQL with the customers' tables of OTRS.
type Database struct {
	*Server
	DSN string // of the read-only user traybell
	db  *sql.DB
}

// Password contains the special characters of DSNs and URLs.
const Password = "lab: p@ss/word"

// otrsTables are the customer tables of Znuny, with the columns that the tests need.
const otrsTables = `
CREATE TABLE customer_user (id INTEGER NOT NULL PRIMARY KEY, login VARCHAR(200) NOT NULL UNIQUE,
 email VARCHAR(150) NOT NULL, customer_id VARCHAR(150) NOT NULL,
 first_name VARCHAR(100) NOT NULL, last_name VARCHAR(100) NOT NULL,
 phone VARCHAR(150), fax VARCHAR(150), mobile VARCHAR(150),
 street VARCHAR(150), zip VARCHAR(200), city VARCHAR(200), country VARCHAR(200), valid_id SMALLINT NOT NULL);
CREATE TABLE customer_company (customer_id VARCHAR(150) NOT NULL PRIMARY KEY,
 name VARCHAR(200) NOT NULL, valid_id SMALLINT NOT NULL);
`

// StartMariaDB starts Debian's MariaDB.
func StartMariaDB(t testing.TB) *Database {
	t.Helper()
	s := newServer(t, "mariadb", "")
	data := filepath.Join(s.Dir, "data")
	s.run(t, program(t, "mariadb-server-core", "/usr/bin/mariadb-install-db"), "--no-defaults", "--datadir="+data,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--user=root")
	start := filepath.Join(s.Dir, "start.sql")
	script := "CREATE DATABASE IF NOT EXISTS otrs CHARACTER SET utf8mb4;\n" +
		"CREATE USER IF NOT EXISTS 'lab'@'%' IDENTIFIED BY 'lab';\nGRANT ALL ON *.* TO 'lab'@'%' WITH GRANT OPTION;\n" +
		"CREATE USER IF NOT EXISTS 'traybell'@'%' IDENTIFIED BY '" + Password +
		"';\nGRANT SELECT ON otrs.* TO 'traybell'@'%';\n"
	if err := os.WriteFile(start, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	s.command = []string{
		program(t, "mariadb-server-core", "/usr/sbin/mariadbd"), "--no-defaults", "--user=root", "--datadir=" + data,
		"--socket=" + filepath.Join(s.Dir, "socket"), "--bind-address=127.0.0.1",
		"--port=" + s.Port, "--skip-name-resolve", "--init-file=" + start,
		"--ssl-cert=" + filepath.Join(s.Dir, "cert.pem"), "--ssl-key=" + filepath.Join(s.Dir, "key.pem"),
		"--innodb-buffer-pool-size=32M",
	}
	d := &Database{Server: s, DSN: "traybell:" + Password + "@tcp(" + s.Address() + ")/otrs"}
	d.open(t, "mysql", "lab:lab@tcp("+s.Address()+")/otrs?multiStatements=true")
	return d
}

// StartPostgres starts Debian's PostgreSQL.
func StartPostgres(t testing.TB) *Database {
	t.Helper()
	s := newServer(t, "postgres", "postgres")
	s.signal = syscall.SIGINT // without waiting for clients
	data := filepath.Join(s.Dir, "data")
	s.run(t, program(t, "postgresql", "/usr/lib/postgresql/*/bin/initdb"), "-D", data, "-E", "UTF8", "--locale=C",
		"-A", "scram-sha-256", "-U", "lab", "--pwfile="+passwordFile(t, s), "--no-sync")
	s.command = []string{
		program(t, "postgresql", "/usr/lib/postgresql/*/bin/postgres"), "-D", data, "-p", s.Port, "-c",
		"listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + s.Dir, "-c", "fsync=off",
		"-c", "ssl=on", "-c", "ssl_cert_file=" + filepath.Join(s.Dir, "cert.pem"), "-c",
		"ssl_key_file=" + filepath.Join(s.Dir, "key.pem"),
	}
	d := &Database{
		Server: s,
		DSN: "postgres://traybell:lab%3A%20p%40ss%2Fword@" + s.Address() +
			"/postgres?sslmode=verify-full&sslrootcert=" + s.CA(),
	}
	d.open(t, "pgx", "postgres://lab:lab@"+s.Address()+"/postgres?default_query_exec_mode=simple_protocol")
	d.Exec(t, "CREATE USER traybell PASSWORD '"+Password+"'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO traybell")
	return d
}

func passwordFile(t testing.TB, s *Server) string {
	t.Helper()
	path := filepath.Join(s.Dir, "password")
	if err := os.WriteFile(path, []byte("lab\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (d *Database) open(t testing.TB, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	d.db = db
	t.Cleanup(func() { _ = db.Close() })
	d.ready = func(ctx context.Context) error { return db.PingContext(ctx) }
	d.Start(t)
	d.Exec(t, otrsTables)
}

// Exec runs a statement as the owner.
func (d *Database) Exec(t testing.TB, statement string, values ...any) {
	t.Helper()
	if _, err := d.db.ExecContext(t.Context(), statement, values...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// Write replaces all customers. Each has its own company. It adds an invalid customer and company.
func (d *Database) Write(t testing.TB, customers []protocol.Customer) {
	t.Helper()
	d.Exec(t, "DELETE FROM customer_user; DELETE FROM customer_company")
	quote := func(text string) string { return "'" + doubled(text) + "'" }
	for i, c := range customers {
		first, last := cutName(c.Name)
		n := string(rune('a' + i))
		d.Exec(t,
			"INSERT INTO customer_user VALUES ("+strconv.Itoa(i+1)+", "+quote(c.Login)+", "+quote(c.Email)+", "+
				quote(n)+", "+quote(first)+", "+quote(last)+", "+
				quote(c.Phone)+", "+quote(c.Fax)+", "+orNull(quote(c.Mobile))+", "+orNull(quote(c.Street))+
				", NULL, "+orNull(quote(c.City))+", NULL, 1)")
		d.Exec(t, "INSERT INTO customer_company VALUES ("+quote(n)+", "+quote(c.Company)+", 1)")
	}
	d.Exec(t,
		"INSERT INTO customer_user VALUES (1000, 'gone', 'gone@acme.example', 'gone', 'No', 'Longer', "+
			"'+74951234567', '', '', '', '', '', '', 2)")
	d.Exec(t, "INSERT INTO customer_company VALUES ('gone', 'Gone', 2)")
}

func doubled(text string) string { return strings.ReplaceAll(text, "'", "''") }

func orNull(quoted string) string {
	if quoted == "''" {
		return "NULL"
	}
	return quoted
}

// cutName cuts off the first word.
func cutName(name string) (first, last string) {
	first, last, _ = strings.Cut(name, " ")
	return first, last
}
