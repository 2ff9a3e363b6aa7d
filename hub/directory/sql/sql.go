// Package sql reads customers from the databases of help desks and others: MySQL, MariaDB and
// PostgreSQL.
package sql

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"traybell/hub/charset"
	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/remote"
	"traybell/hub/sqlserver"
	"traybell/shared/protocol"

	"github.com/jackc/pgx/v5/pgproto3"
)

// The databases that a Source reads.
const (
	MySQL    = sqlserver.MySQL // and MariaDB
	Postgres = sqlserver.Postgres
)

// OTRSQuery reads the customers of OTRS, Znuny and OTOBO. The columns have the names of a CSV
// header.
const OTRSQuery = `SELECT u.login AS login, u.first_name AS first_name, u.last_name AS last_name, u.email AS email,
 COALESCE(c.name, u.customer_id) AS company, u.phone AS phone, u.mobile AS mobile, u.fax AS fax,
 u.street AS street, u.zip AS zip, u.city AS city, u.country AS country
 FROM customer_user u LEFT JOIN customer_company c ON c.customer_id = u.customer_id AND c.valid_id = 1
 WHERE u.valid_id = 1 ORDER BY u.id`

// Options configure New.
type Options struct {
	Name   string
	Driver string // MySQL or Postgres
	DSN    string // of the driver, or mysql://user:password@host:3306/database, postgres://…
	Query  string // empty: OTRSQuery
	// PEM file of the certificate authority of a MySQL server; it enables encryption. PostgreSQL
	// has sslrootcert in the DSN
	CA string
}

// Source reads the rows of a query from MySQL, MariaDB or PostgreSQL. Each read opens a connection
// and streams the rows in a read-only transaction.
type Source struct {
	name      string
	query     string
	connector func(*remote.Watch) driver.Connector
	remedy    sqlserver.Remedy
	stall     time.Duration
}

// New returns a source, which connects in Read. The error is a *remote.OptionError and does not
// contain the DSN.
func New(o Options) (*Source, error) {
	s := &Source{name: o.Name, query: strings.TrimRight(strings.TrimSpace(o.Query), "; \n\t"), stall: remote.StallAfter}
	if s.query == "" {
		s.query = OTRSQuery
	}
	if first := strings.ToLower(strings.Fields(s.query)[0]); first != "select" && first != "with" &&
		first != "(select" && first != "table" && first != "values" {
		return nil, &remote.OptionError{
			Key: "query",
			Err: errors.New("it must be a SELECT that returns a row for each customer, with columns named " +
				contact.Known),
		}
	}
	var err error
	s.connector, s.remedy, err = sqlserver.Connector(sqlserver.Options{Driver: o.Driver, DSN: o.DSN, CA: o.CA})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Name implements Source.
func (s *Source) Name() string { return s.name }

// Read implements Source.
func (s *Source) Read(ctx context.Context, add func(protocol.Customer), problem func(directory.Problem)) error {
	watch, ctx := remote.NewWatch(ctx, s.stall)
	defer watch.Stop()
	db := sql.OpenDB(s.connector(watch))
	defer func() { _ = db.Close() }()
	err := s.read(ctx, db, watch, add, problem)
	if stalled := watch.Stalled(); stalled != nil {
		return stalled
	}
	if large := (*pgproto3.ExceededMaxBodyLenErr)(nil); errors.As(err, &large) {
		return &remote.LargeError{}
	}
	if err != nil {
		if remedy := s.remedy(err); remedy != "" {
			return fmt.Errorf("%w; %s", err, remedy)
		}
	}
	return err
}

func (s *Source) read(ctx context.Context, db *sql.DB, watch *remote.Watch, add func(protocol.Customer),
	problem func(directory.Problem),
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
	h := contact.NewHead(names)
	problems, err := h.Check(names)
	if err != nil {
		return fmt.Errorf("the query %w (write: … AS login)", err)
	}
	for _, text := range problems {
		problem(directory.Problem{Text: "the query: " + text})
	}

	values := make([]sql.NullString, len(names))
	targets := make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	record := make([]string, len(names))
	reported := false
	for number := 1; rows.Next(); number++ {
		watch.Progress()
		if err := rows.Scan(targets...); err != nil {
			return fmt.Errorf("row %d: %w", number, err)
		}
		for i, v := range values {
			record[i] = v.String
			if !utf8.ValidString(v.String) {
				record[i] = charset.Text(v.String)
				if !reported {
					problem(directory.Problem{
						Text: fmt.Sprintf("row %d, column %s: the text is not UTF-8; set the character set of the "+
							"connection (MySQL: charset=utf8mb4 in the DSN)",
							number, names[i]),
					})
				}
				reported = true
			}
		}
		c, reason := h.Customer(record)
		if reason != "" {
			problem(directory.Problem{Text: fmt.Sprintf("row %d: %s", number, reason)})
			continue
		}
		for _, text := range contact.NoNumbers(c) {
			problem(directory.Problem{Text: fmt.Sprintf("row %d, %.60q: %s", number, cmp.Or(c.Login, c.Name), text)})
		}
		add(c)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	return nil
}
