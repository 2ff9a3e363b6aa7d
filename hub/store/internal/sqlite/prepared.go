package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"time"
)

// maxPrepared limits the statements that are kept: the hub has a few dozen fixed queries, but the
// texts of searches vary.
const maxPrepared = 64

// Prepared is a database whose statements are compiled once per connection. Compiling is most of
// the time of a short query, and a ringing call waits for it.
type Prepared struct {
	*sql.DB

	mu   sync.Mutex
	list map[string]*sql.Stmt
}

func prepare(db *sql.DB) *Prepared { return &Prepared{DB: db, list: map[string]*sql.Stmt{}} }

// compiled returns the compiled query; nil if there are too many, or if it does not compile.
func (p *Prepared) compiled(ctx context.Context, query string) *sql.Stmt {
	p.mu.Lock()
	defer p.mu.Unlock()
	if s, ok := p.list[query]; ok {
		return s
	}
	if len(p.list) >= maxPrepared {
		return nil
	}
	s, err := p.PrepareContext(ctx, query) //nolint:sqlclosecheck // Close closes it
	if err != nil {
		return nil // running the query returns the error
	}
	p.list[query] = s
	return s
}

// QueryRowContext works as that of sql.DB.
func (p *Prepared) QueryRowContext(ctx context.Context, query string, values ...any) *sql.Row {
	if s := p.compiled(ctx, query); s != nil { //nolint:sqlclosecheck // as above
		return s.QueryRowContext(ctx, values...)
	}
	return p.DB.QueryRowContext(ctx, query, values...)
}

// QueryContext works as that of sql.DB.
func (p *Prepared) QueryContext(ctx context.Context, query string, values ...any) (*sql.Rows, error) {
	if s := p.compiled(ctx, query); s != nil { //nolint:sqlclosecheck // as above
		return s.QueryContext(ctx, values...)
	}
	return p.DB.QueryContext(ctx, query, values...)
}

// Statement runs a query in a transaction. It is for one goroutine.
type Statement func(tx *sql.Tx, values ...any) (sql.Result, error)

// Many rows are written with rests, so that calls have the core now and then: the system leaves it
// for milliseconds to a thread that has slept and now works.
const (
	rowsAtOnce = 3
	restAfter  = 50 * time.Microsecond
	restUntil  = 100 // rows: more are a backlog, whose transaction is not to take longer
)

// In returns a query for use in a transaction. It must not be called within one: the transaction
// may have the only connection.
func (p *Prepared) In(ctx context.Context, query string) Statement {
	s := p.compiled(ctx, query)
	rows := 0
	return func(tx *sql.Tx, values ...any) (sql.Result, error) {
		if rows++; rows < restUntil && rows%rowsAtOnce == 0 {
			time.Sleep(restAfter)
		}
		if s == nil {
			return tx.ExecContext(ctx, query, values...)
		}
		return tx.StmtContext(ctx, s).ExecContext(ctx, values...) //nolint:sqlclosecheck // the transaction closes it
	}
}

// Close closes the database and all statements.
func (p *Prepared) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	for _, s := range p.list {
		errs = append(errs, s.Close())
	}
	clear(p.list)
	return errors.Join(append(errs, p.DB.Close())...)
}
