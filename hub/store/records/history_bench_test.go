package records

import (
	"path/filepath"
	"testing"
	"time"

	"traybell/hub/cdr"
	"traybell/hub/missed"
)

// BenchmarkHistory reads from 1,000,000 calls, all shown to anna and every hundredth to boris.
func BenchmarkHistory(b *testing.B) {
	s := openStore(b, filepath.Join(b.TempDir(), "traybell.db"))
	for _, statement := range []string{
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000000)
		INSERT INTO call_record (` + recordNames + `, file_state)
		SELECT 'main:1700000000.' || i, 'main', 'final', 'incoming', '8495' || (1000000 + i % 250000),
		'+7495' || (1000000 + i % 250000), 'Ivan', '74950000001', 'Support', '101', 'anna',
		strftime('%Y-%m-%dT%H:%M:%S.000000Z', 1700000000 + i * 30, 'unixepoch'),
		CASE WHEN i % 10 THEN '2026-11-22T05:53:35.123456Z' ELSE '' END, '2026-11-22T05:53:35.123456Z', '', 0, 16,
		i % 10 = 0, 0, 'ivanov' || (i % 250000), 'Иван Иванов', 'ООО Ромашка', '', '',
		'8495' || (1000000 + i % 250000) || char(10) || '7495' || (1000000 + i % 250000) ||
		char(10) || 'ivan' || char(10) ||
		'ivanov' || (i % 250000) || char(10) || 'иван иванов' || char(10) || 'ооо ромашка' || char(10),
		'+7495' || (1000000 + i % 250000), 'written' FROM n`,
		`INSERT INTO call_record_agent (login, started, call_id) SELECT 'anna', started, call_id FROM call_record`,
		`INSERT INTO call_record_agent (login, started, call_id)
			SELECT 'boris', started, call_id FROM call_record WHERE id % 100 = 0`,
	} {
		if _, err := s.db.Write.ExecContext(b.Context(), statement); err != nil {
			b.Fatal(err)
		}
	}
	records := s.Records(cdr.File{})
	for _, search := range []struct {
		name, login, text, party string
		missed                   bool
	}{
		{"page", "anna", "", "", false},
		{"missed", "anna", "", "", true},
		{"found early", "anna", "Иванов", "", false},
		{"one number", "anna", "8 (495) 110-00-00", "+74951100000", false},
		{"part of a number", "anna", "110-00-00", "", false},
		{"never", "anna", "нет такого", "", false},
		{"never of few", "boris", "нет такого", "", false},
	} {
		b.Run(search.name, func(b *testing.B) {
			found := 0
			var reached time.Duration
			for b.Loop() {
				page, err := records.RecordsOf(b.Context(), cdr.Search{
					Login: search.login, Before: noon.AddDate(10, 0, 0), Limit: 50, Text: search.text,
					Party: search.party, Missed: search.missed,
				})
				if err != nil {
					b.Fatal(err)
				}
				if found = len(page.Records); page.More {
					reached = time.Unix(1730000000, 0).Sub(page.Next)
				}
			}
			b.ReportMetric(float64(found), "calls")
			b.ReportMetric(reached.Hours()/24, "days")
		})
	}
	b.Run("previous", func(b *testing.B) {
		for b.Loop() {
			_, ok, err := records.PreviousRecord(b.Context(), "+74951100000", noon.AddDate(10, 0, 0), "")
			if err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	})
	b.Run("missed by the team", func(b *testing.B) {
		for b.Loop() {
			items, err := s.MissedItems(b.Context(), missed.Query{
				Since: time.Unix(1730000000, 0).Add(-missed.OpenFor), Limit: 50,
			})
			if err != nil || len(items) != 50 {
				b.Fatal(len(items), err)
			}
		}
	})
	b.Run("missed by an agent", func(b *testing.B) {
		for b.Loop() {
			items, err := s.MissedItems(b.Context(), missed.Query{
				Login: "boris", Since: time.Unix(1730000000, 0).Add(-missed.OpenFor), Limit: 50,
			})
			if err != nil || len(items) != 50 {
				b.Fatal(len(items), err)
			}
		}
	})
	b.Run("missed calls of a number", func(b *testing.B) {
		for b.Loop() {
			item, err := s.MissedItem(b.Context(), "+74951100000", time.Unix(0, 0))
			if err != nil || item.Calls == 0 {
				b.Fatal(item, err)
			}
		}
	})
	b.Run("called back", func(b *testing.B) {
		for b.Loop() {
			if _, ok, err := records.AnsweredAfter(b.Context(), "+74951100001", time.Unix(0, 0)); err != nil || !ok {
				b.Fatal(ok, err)
			}
		}
	})
}
