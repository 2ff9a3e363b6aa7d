package directory

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"traybell/shared/protocol"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// The databases that SQL reads.
const (
	MySQL    = "mysql" // and MariaDB
	Postgres = "postgres"
)

// OTRSQuery reads the customers of OTRS, Znuny and OTOBO. The columns have the names of a CSV
// header.
const OTRSQuery = `SELECT u.login AS login, u.first_name AS first_name, u.last_name AS last_name, u.email AS email,
 COALESCE(c.name, u.customer_id) AS company, u.phone AS phone, u.mobile AS mobile, u.fax AS fax,
 u.street AS street, u.zip AS zip, u.city AS city, u.country AS country
 FROM customer_user u LEFT JOIN customer_company c ON c.customer_id = u.customer_id AND c.valid_id = 1
 WHERE u.valid_id = 1 ORDER BY u.id`

// SQLOptions configure NewSQL.
type SQLOptions struct {
	Name   string
	Driver string // MySQL or Postgres
	DSN    string // of the driver, or mysql://user:password@host:3306/database, postgres://…
	Query  string // empty: OTRSQuery
	// PEM file of the certificate authority of a MySQL server; it enables encryption. PostgreSQL
	// has sslrootcert in the DSN
	CA string
}

// SQL reads the rows of a query from MySQL, MariaDB or PostgreSQL. Each read opens a connection and
// streams the rows in a read-only transaction.
type SQL struct {
	name      string
	query     string
	connector driver.Connector
	remedy    sqlRemedy
	stall     time.Duration
}

// sqlRemedy returns how to fix an error of a driver; "" if that is obvious.
type sqlRemedy func(error) string

// NewSQL returns a source, which connects in Read. The error is an *OptionError and does not
// contain the DSN.
func NewSQL(o SQLOptions) (*SQL, error) {
	s := &SQL{name: o.Name, query: strings.TrimRight(strings.TrimSpace(o.Query), "; \n\t"), stall: stallAfter}
	if s.query == "" {
		s.query = OTRSQuery
	}
	if first := strings.ToLower(strings.Fields(s.query)[0]); first != "select" && first != "with" &&
		first != "(select" && first != "table" && first != "values" {
		return nil, &OptionError{
			"query",
			errors.New("it must be a SELECT that returns a row for each customer, with columns named " + knownColumns),
		}
	}
	var err error
	switch o.Driver {
	case MySQL:
		s.remedy = mysqlRemedy
		s.connector, err = mysqlConnector(o)
	case Postgres:
		s.remedy = postgresRemedy
		s.connector, err = postgresConnector(o)
	default:
		err = &OptionError{"driver", fmt.Errorf("%q is unknown; write mysql (also for MariaDB) or postgres", o.Driver)}
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Name implements Source.
func (s *SQL) Name() string { return s.name }

// Read implements Source.
func (s *SQL) Read(ctx context.Context, add func(protocol.Customer), problem func(Problem)) error {
	watch, ctx := watchStall(ctx, s.stall)
	defer watch.stop()
	db := sql.OpenDB(s.connector)
	defer func() { _ = db.Close() }()
	err := s.read(ctx, db, watch, add, problem)
	if stalled := watch.stalled(); stalled != nil {
		return stalled
	}
	if err != nil {
		if remedy := s.remedy(err); remedy != "" {
			return fmt.Errorf("%w; %s", err, remedy)
		}
	}
	return err
}

func (s *SQL) read(ctx context.Context, db *sql.DB, watch *stallWatch, add func(protocol.Customer),
	problem func(Problem),
) error {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	rows, err := tx.QueryContext(ctx, s.query)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	h := newHead(names)
	problems, err := h.check(names)
	if err != nil {
		return fmt.Errorf("the query %w (write: … AS login)", err)
	}
	for _, text := range problems {
		problem(Problem{Text: "the query: " + text})
	}

	values := make([]sql.NullString, len(names))
	targets := make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	record := make([]string, len(names))
	reported := false
	for number := 1; rows.Next(); number++ {
		watch.progress()
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
		for i, v := range values {
			record[i] = v.String
			if text := strings.ToValidUTF8(v.String, "\uFFFD"); text != v.String {
				record[i] = text
				if !reported {
					problem(Problem{
						Text: fmt.Sprintf("row %d, column %s: the text is not UTF-8; set the character set of the "+
							"connection "+
							"(MySQL: charset=utf8mb4 in the DSN)",
							number, names[i]),
					})
				}
				reported = true
			}
		}
		c, reason := h.customer(record)
		if reason != "" {
			problem(Problem{Text: fmt.Sprintf("row %d: %s", number, reason)})
			continue
		}
		for _, text := range noNumbers(c) {
			problem(Problem{Text: fmt.Sprintf("row %d, %.60q: %s", number, cmp.Or(c.Login, c.Name), text)})
		}
		add(c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}

func mysqlConnector(o SQLOptions) (driver.Connector, error) {
	const form = "write user:password@tcp(host:3306)/database"
	dsn, err := mysqlDSN(o.DSN)
	if err != nil {
		return nil, &OptionError{"dsn", err}
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		// the error of the driver may contain the DSN
		return nil, &OptionError{"dsn", fmt.Errorf("it is not a DSN of MySQL; %s", form)}
	}
	if cfg.DBName == "" {
		return nil, &OptionError{"dsn", fmt.Errorf("it has no database; %s", form)}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = connectWithin
	}
	cfg.Logger = silent{} // the driver returns the same errors
	if o.CA != "" {
		roots, err := readCA(o.CA)
		if err != nil {
			return nil, &OptionError{"ca", err}
		}
		host, _, _ := strings.Cut(cfg.Addr, ":")
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, &OptionError{"dsn", fmt.Errorf("it is invalid; %s", form)}
	}
	return connector, nil
}

// mysqlDSN converts a URL to a DSN of the driver.
func mysqlDSN(dsn string) (string, error) {
	dsn = strings.TrimSpace(dsn)
	if !strings.HasPrefix(dsn, "mysql://") && !strings.HasPrefix(dsn, "mariadb://") {
		return dsn, nil
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return "",
			errors.New("it is not a URL; write mysql://user:password@host:3306/database, characters such as @ and / " +
				"in the password as %40 and %2F")
	}
	cfg := mysql.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", u.Host
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	out := cfg.FormatDSN()
	if u.RawQuery != "" {
		mark := "?"
		if strings.Contains(out[strings.LastIndex(out, "/"):], "?") {
			mark = "&"
		}
		out += mark + u.RawQuery
	}
	return out, nil
}

type silent struct{}

func (silent) Print(...any) {}

func postgresConnector(o SQLOptions) (driver.Connector, error) {
	const form = "write postgres://user:password@host:5432/database?sslmode=require, or host=… user=… " +
		"password=… dbname=…"
	if o.CA != "" {
		return nil, &OptionError{
			"ca", errors.New("for PostgreSQL set it in the DSN: sslmode=verify-full sslrootcert=/path/to/ca.pem"),
		}
	}
	cfg, err := pgx.ParseConfig(strings.TrimSpace(o.DSN))
	if err != nil {
		return nil, &OptionError{"dsn", fmt.Errorf("it is not a DSN of PostgreSQL; %s", form)}
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectWithin
	}
	// Works with connection poolers that do not support prepared statements.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "traybell-hub"
	}
	return stdlib.GetConnector(*cfg), nil
}
