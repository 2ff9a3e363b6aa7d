package sqlserver

import (
	"errors"
	"net"

	"traybell/hub/advice"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	fixPassword = "check the user and the password in the DSN"
	fixDatabase = "check the database name in the DSN"
	fixTable    = "is this the database of the help desk? If not, set query"
	fixColumn   = "set query to one with the columns of this database"
	fixSyntax   = "check query"
	fixGrant    = "allow this user to read the tables: GRANT SELECT ON …"
)

// mysqlRemedy is the remedy of MySQL (MySQL 8, Server Error Message Reference) and MariaDB.
func mysqlRemedy(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		switch e.Number {
		case 1045, 1698: // access denied
			return fixPassword
		case 1130: // host not allowed
			return "allow the user to connect from the hub's address: CREATE USER …@'the hub'"
		case 1044, 1049: // no such database, or none for this user
			return fixDatabase + ", and allow this user to read it"
		case 1146: // no such table
			return fixTable
		case 1054: // no such column
			return fixColumn
		case 1064: // syntax
			return fixSyntax
		case 1142, 1143: // no right
			return fixGrant
		case 1792: // a write in a read-only transaction
			return "the query must only read"
		case 1040, 1203: // too many connections
			return "the server has no free connections; the hub retries"
		}
		return ""
	}
	return connectRemedy(err)
}

// postgresRemedy is the remedy of PostgreSQL (manual, appendix A).
func postgresRemedy(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "28P01":
			return fixPassword
		case "28000": // pg_hba.conf
			return "allow the user to connect from the hub's address in pg_hba.conf"
		case "3D000":
			return fixDatabase
		case "42P01":
			return fixTable
		case "42703":
			return fixColumn
		case "42601":
			return fixSyntax
		case "42501":
			return fixGrant
		case "25006":
			return "the query must only read"
		case "53300":
			return "the server has no free connections; the hub retries"
		}
		return ""
	}
	return connectRemedy(err)
}

// connectRemedy returns how to fix an error of the connection.
func connectRemedy(err error) string {
	var line *net.OpError
	fix := advice.For(err)
	if fix == "" && errors.As(err, &line) {
		return "check that the server is running, that the address is right, and that no firewall blocks the hub"
	}
	return fix
}
