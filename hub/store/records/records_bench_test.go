package records

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/cdr"
)

const recordNames = `call_id, pbx, state, direction, number, e164, name, did, line, extension, agent, started, answered,
	ended, seen, rang, cause, missed, end_unseen, customer, customer_name, company, ticket, ticket_url, words, party`

// BenchmarkRecords saves calls that end at the same time and writes them to the file, with 600,000
// calls in the database.
func BenchmarkRecords(b *testing.B) {
	folder := b.TempDir()
	s := openStore(b, filepath.Join(folder, "traybell.db"))
	_, err := s.db.Write.ExecContext(b.Context(),
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 600000)
		INSERT INTO call_record (`+recordNames+`, file_state)
		SELECT 'main:1700000000.' || i, 'main', 'final', 'incoming', '84951234567', '+74951234567', 'Ivan',
			'74950000001', 'Support', '101', 'anna',
			strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1700000000 + i * 60, 'unixepoch'), '',
			'2026-11-22T05:53:35.123456Z', '', 0, 16, 0, 0, 'ivanov', 'Ivan Ivanov', '', '', '', '', '', 'written'
		FROM n`)
	if err != nil {
		b.Fatal(err)
	}
	_, err = s.db.Write.ExecContext(b.Context(), `INSERT INTO call_record_agent (login, started, call_id)
		SELECT 'anna', started, call_id FROM call_record`)
	if err != nil {
		b.Fatal(err)
	}
	records := s.Records(cdr.File{Folder: folder, Zone: time.UTC})
	for _, size := range []int{1, 100} {
		b.Run(fmt.Sprintf("calls=%d", size), func(b *testing.B) {
			n := size * 1_000_000
			for b.Loop() {
				batch := make([]cdr.Record, size)
				for i := range batch {
					n++
					batch[i] = aRecord(n)
				}
				if err := records.KeepRecords(b.Context(), batch, nil); err != nil {
					b.Fatal(err)
				}
				if err := records.WriteOut(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/call")
		})
	}
	b.Run("history of 200", func(b *testing.B) {
		for b.Loop() {
			found, err := records.RecordsOf(b.Context(), cdr.Search{Login: "anna", Before: noon, Limit: 200})
			if err != nil || len(found.Records) != 200 {
				b.Fatal(len(found.Records), err)
			}
		}
	})
}
