// Package sqlserver connects to the databases of others: MySQL, MariaDB and PostgreSQL. It owns no
// state; any goroutine may use it.
package sqlserver

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"

	"traybell/hub/certificate"
	"traybell/hub/remote"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/stdlib"
)

// The drivers.
const (
	MySQL    = "mysql" // and MariaDB
	Postgres = "postgres"
)

// Options say which database.
type Options struct {
	Driver string // MySQL or Postgres
	DSN    string // of the driver, or mysql://user:password@host:3306/database, postgres://…
	// PEM file of the certificate authority of a MySQL server; it enables encryption. PostgreSQL
	// has sslrootcert in the DSN
	CA string
}

// Remedy returns how to fix an error of a driver; "" if that is obvious.
type Remedy func(error) string

// Connector returns what makes a connector whose connections are watched. Nothing connects. The
// error is a *remote.OptionError and does not contain the DSN.
func Connector(o Options) (func(*remote.Watch) driver.Connector, Remedy, error) {
	switch o.Driver {
	case MySQL:
		connector, err := mysqlConnector(o)
		return connector, mysqlRemedy, err
	case Postgres:
		connector, err := postgresConnector(o)
		return connector, postgresRemedy, err
	}
	return nil, nil, &remote.OptionError{
		Key: "driver", Err: fmt.Errorf("%q is unknown; write mysql (also for MariaDB) or postgres", o.Driver),
	}
}

func mysqlConnector(o Options) (func(*remote.Watch) driver.Connector, error) {
	const form = "write user:password@tcp(host:3306)/database"
	dsn, err := mysqlDSN(o.DSN)
	if err != nil {
		return nil, &remote.OptionError{Key: "dsn", Err: err}
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		// the error of the driver may contain the DSN
		return nil, &remote.OptionError{Key: "dsn", Err: fmt.Errorf("it is not a DSN of MySQL; %s", form)}
	}
	if cfg.DBName == "" {
		return nil, &remote.OptionError{Key: "dsn", Err: fmt.Errorf("it has no database; %s", form)}
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = remote.ConnectWithin
	}
	cfg.Logger = silent{} // the driver returns the same errors
	if o.CA != "" {
		roots, err := certificate.Authorities(o.CA)
		if err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
		host, _, _ := strings.Cut(cfg.Addr, ":")
		cfg.TLS = &tls.Config{RootCAs: roots, ServerName: host, MinVersion: tls.VersionTLS12}
	}
	if _, err := mysql.NewConnector(cfg); err != nil {
		return nil, &remote.OptionError{Key: "dsn", Err: fmt.Errorf("it is invalid; %s", form)}
	}
	return func(watch *remote.Watch) driver.Connector {
		cfg := cfg.Clone()
		cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return watch.Conn(conn), nil
		}
		connector, _ := mysql.NewConnector(cfg) // valid: see above
		return connector
	}, nil
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

func postgresConnector(o Options) (func(*remote.Watch) driver.Connector, error) {
	const form = "write postgres://user:password@host:5432/database?sslmode=require, or host=… user=… password=… " +
		"dbname=…"
	if o.CA != "" {
		return nil, &remote.OptionError{
			Key: "ca",
			Err: errors.New("for PostgreSQL set it in the DSN: sslmode=verify-full sslrootcert=/path/to/ca.pem"),
		}
	}
	cfg, err := pgx.ParseConfig(strings.TrimSpace(o.DSN))
	if err != nil {
		return nil, &remote.OptionError{Key: "dsn", Err: fmt.Errorf("it is not a DSN of PostgreSQL; %s", form)}
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = remote.ConnectWithin
	}
	// Works with connection poolers that do not support prepared statements.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "traybell-hub"
	}
	return func(watch *remote.Watch) driver.Connector {
		cfg := cfg.Copy()
		dial := cfg.DialFunc
		cfg.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return watch.Conn(conn), nil
		}
		cfg.BuildFrontend = func(r io.Reader, w io.Writer) *pgproto3.Frontend {
			f := pgproto3.NewFrontend(r, w)
			f.SetMaxBodyLen(remote.MaxRecord)
			return f
		}
		return stdlib.GetConnector(*cfg)
	}, nil
}
