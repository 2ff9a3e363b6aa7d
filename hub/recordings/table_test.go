package recordings

import (
	"testing"

	"traybell/hub/sqlserver"
)

func TestATableHasOneBoundedDatabase(t *testing.T) {
	table, err := NewTable(TableOptions{Options: sqlserver.Options{
		Driver: sqlserver.Postgres, DSN: "postgres://hub:x@127.0.0.1:1/cdr",
	}})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := table.names(t.Context(), "1.1"); err == nil {
			t.Fatal("there is no server")
		}
	}
	if db := table.db(); db != table.db() || db.Stats().MaxOpenConnections != tableConnections {
		t.Errorf("%+v", db.Stats())
	}
	if err := table.close(); err != nil {
		t.Error(err)
	}
}
