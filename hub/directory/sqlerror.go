package directory

import (
	"errors"
	"net"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	mendPassword = "look at the user and the password in the DSN"
	mendDatabase = "look at the database's name in the DSN"
	mendTable    = "is this the help desk's database? Otherwise give a query of your own"
	mendColumn   = "give a query with the columns that this database has"
	mendSyntax   = "look at the query"
	mendGrant    = "let this user read the tables: GRANT SELECT ON …"
	mendServer   = "is the server running, is the address right, and does a firewall let the hub through?"
)

// mysqlWords knows MySQL's error numbers (MySQL 8 reference, Server Error Message Reference;
// MariaDB's are the same here).
func mysqlWords(err error) string {
	var e *mysql.MySQLError
	if errors.As(err, &e) {
		switch e.Number {
		case 1045, 1698: // access denied
			return mendPassword
		case 1130: // host not allowed
			return "let the user sign in from the hub's address: CREATE USER …@'the hub'"
		case 1044, 1049: // no such database, or none for this user
			return mendDatabase + ", and let this user read it"
		case 1146: // no such table
			return mendTable
		case 1054: // no such column
			return mendColumn
		case 1064: // syntax
			return mendSyntax
		case 1142, 1143: // no right
			return mendGrant
		case 1792: // a write in a read-only transaction
			return "the query must only read"
		case 1040, 1203: // too many connections
			return "the server has no connection left; the hub tries again"
		}
		return ""
	}
	return lineWords(err)
}

// postgresWords knows PostgreSQL's error codes (PostgreSQL manual, appendix A).
func postgresWords(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		switch e.Code {
		case "28P01":
			return mendPassword
		case "28000": // pg_hba.conf
			return "let the user sign in from the hub's address: a line in pg_hba.conf"
		case "3D000":
			return mendDatabase
		case "42P01":
			return mendTable
		case "42703":
			return mendColumn
		case "42601":
			return mendSyntax
		case "42501":
			return mendGrant
		case "25006":
			return "the query must only read"
		case "53300":
			return "the server has no connection left; the hub tries again"
		}
		return ""
	}
	return lineWords(err)
}

// lineWords is for what happens before the server answers.
func lineWords(err error) string {
	var line *net.OpError
	var name *net.DNSError
	switch {
	case certificateRefused(err):
		return mendCertificate
	case errors.As(err, &name):
		return "the server's name is not known here; look at the address, or at this computer's DNS"
	case errors.As(err, &line):
		return mendServer
	}
	return ""
}
