package sql

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"traybell/hub/directory/directorytest"
	"traybell/hub/remote/remotetest"
)

func refuses(t *testing.T, key, words string, o Options) {
	t.Helper()
	_, err := New(o)
	directorytest.Refuses(t, key, words, err)
}

func TestStalledServer(t *testing.T) {
	address := remotetest.Mute(t)
	host, port, _ := net.SplitHostPort(address)
	for name, o := range map[string]Options{
		"MySQL": {Driver: MySQL, DSN: "u:p@tcp(" + address + ")/otrs"},
		"PostgreSQL": {
			Driver: Postgres, DSN: "host=" + host + " port=" + port + " user=u password=p dbname=otrs sslmode=disable",
		},
	} {
		o.Name = name
		source, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		directorytest.Stalls(t, source, &source.stall)
	}
}

func TestInvalidOptions(t *testing.T) {
	noCA := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noCA, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const dsn = "u:hunter2@tcp(db)/otrs"
	refuses(t, "driver", "mysql", Options{Driver: "oracle", DSN: dsn})
	refuses(t, "dsn", "user:password@tcp(host:3306)/database", Options{Driver: MySQL, DSN: "hunter2"})
	refuses(t, "dsn", "has no database", Options{Driver: MySQL, DSN: "u:hunter2@tcp(db)/"})
	refuses(t, "dsn", "mysql://user:password@host", Options{Driver: MySQL, DSN: "mysql://u:hunter2%@db/otrs"})
	refuses(t, "dsn", "postgres://user:password@host",
		Options{Driver: Postgres, DSN: "postgres://u:hunter2@db:x/otrs"})
	refuses(t, "ca", "has no certificate", Options{Driver: MySQL, DSN: dsn, CA: noCA})
	refuses(t, "ca", "sslrootcert", Options{Driver: Postgres, DSN: "host=db", CA: noCA})
	refuses(t, "query", "must be a SELECT", Options{Driver: MySQL, DSN: dsn, Query: "DELETE FROM customer_user"})
}
