package recordings

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"traybell/hub/remote"
	"traybell/hub/sqlserver"
)

// FreePBXQuery is the usual query for the recordings of a call. {call} is the Linkedid.
const FreePBXQuery = `SELECT recordingfile, calldate FROM cdr
 WHERE (linkedid = {call} OR uniqueid = {call}) AND recordingfile <> '' ORDER BY calldate`

// TableOptions say which database has the CDR table.
type TableOptions struct {
	sqlserver.Options
	// Query is a SELECT with the name or path of a recording, and perhaps the time of the call, in its
	// columns; empty: FreePBXQuery
	Query string
}

// Table is the CDR table of a PBX.
type Table struct {
	query  string
	driver string
	db     func() *sql.DB // the same each time
	remedy sqlserver.Remedy
}

const (
	tableWithin      = 5 * time.Second
	tableConnections = 2
	tableIdle        = time.Minute // until a connection is closed
	mostRows         = 100
)

// NewTable returns a table; nothing connects. The error is a *remote.OptionError.
func NewTable(o TableOptions) (*Table, error) {
	t := &Table{query: strings.TrimRight(strings.TrimSpace(o.Query), "; \n\t"), driver: o.Driver}
	if t.query == "" {
		t.query = FreePBXQuery
	}
	if !strings.EqualFold(strings.Fields(t.query)[0], "select") || !strings.Contains(t.query, "{call}") {
		return nil, &remote.OptionError{
			Key: "query",
			Err: errors.New("it must be a SELECT of the names of recordings, with {call} for the Linkedid"),
		}
	}
	connector, remedy, err := sqlserver.Connector(o.Options)
	if err != nil {
		return nil, err
	}
	t.remedy = remedy
	t.db = sync.OnceValue(func() *sql.DB {
		db := sql.OpenDB(watched{connector})
		db.SetMaxOpenConns(tableConnections)
		db.SetConnMaxIdleTime(tableIdle)
		return db
	})
	return t, nil
}

// close closes the connections. Queries fail from then on.
func (t *Table) close() error { return t.db().Close() }

// watched makes connections that are not watched: tableWithin bounds the queries.
type watched struct {
	make func(*remote.Watch) driver.Connector
}

func (w watched) connector() driver.Connector {
	watch, _ := remote.NewWatch(context.Background(), time.Hour)
	watch.Stop()
	return w.make(watch)
}

func (w watched) Connect(ctx context.Context) (driver.Conn, error) { return w.connector().Connect(ctx) }
func (w watched) Driver() driver.Driver                            { return w.connector().Driver() }

// row is a recording in the table.
type row struct {
	name  string
	began time.Time // zero: unknown
}

var errManyRows = fmt.Errorf("it has more than %d rows of a call: the others are left out", mostRows)

// names returns the recordings of a call; with errManyRows not all.
func (t *Table) names(ctx context.Context, linkedid string) (list []row, err error) {
	ctx, cancel := context.WithTimeout(ctx, tableWithin)
	defer cancel()
	list, err = t.read(ctx, t.db(), linkedid)
	if errors.Is(err, errManyRows) {
		return list, fmt.Errorf("CDR table: %w", err)
	}
	if err != nil {
		if fix := t.remedy(err); fix != "" {
			err = fmt.Errorf("%w; %s", err, fix)
		}
		return nil, fmt.Errorf("CDR table: %w", err)
	}
	return list, nil
}

func (t *Table) read(ctx context.Context, db *sql.DB, linkedid string) (list []row, err error) {
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // nothing was written
	query, values := t.bind(linkedid)
	rows, err := tx.QueryContext(ctx, query, values...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	values = make([]any, len(columns))
	texts := make([]sql.NullString, len(columns))
	for i := range texts {
		values[i] = &texts[i]
	}
	for rows.Next() {
		if len(list) == mostRows {
			return list, errManyRows
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		r := row{name: texts[0].String}
		if len(texts) > 1 {
			r.began = when(texts[1].String)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// bind returns the query with the placeholders of the driver.
func (t *Table) bind(linkedid string) (query string, values []any) {
	parts := strings.Split(t.query, "{call}")
	for i, part := range parts {
		query += part
		switch {
		case i == len(parts)-1:
		case t.driver == sqlserver.Postgres:
			query += "$1"
		default:
			query += "?"
			values = append(values, linkedid)
		}
	}
	if t.driver == sqlserver.Postgres {
		values = []any{linkedid}
	}
	return query, values
}

// when reads a time as drivers write it into text. Those without a zone are the PBX's, which is
// taken for the hub's.
func when(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02 15:04:05.999999"} {
		if at, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, time.Local)
		}
	}
	return time.Time{}
}
