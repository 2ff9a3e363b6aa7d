package records

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"traybell/hub/calldata"
	"traybell/hub/cdr"
	"traybell/hub/store/internal/words"

	"github.com/pressly/goose/v3"
)

// recordWords returns the text of a record that searches look in.
func recordWords(r cdr.Record) string {
	texts := []string{
		r.Number, words.Digits(r.E164), r.Callee(), r.Name, r.Customer, r.CustomerName, r.Company, r.Ticket,
	}
	for _, d := range calldata.Decode(r.Data) {
		texts = append(texts, d.Value)
	}
	return words.Fold(strings.Join(texts, "\n"))
}

// Describe is migration 11: it sets words and party of the existing records.
func Describe() *goose.Migration {
	return goose.NewGoMigration(11, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
		const atOnce = 5000
		last := int64(0)
		for {
			ids, records, err := describedNext(ctx, tx, last, atOnce)
			if err != nil {
				return err
			}
			for i, r := range records {
				if _, err := tx.ExecContext(ctx, `UPDATE call_record SET words = ?, party = ? WHERE id = ?`,
					recordWords(r), r.Party(), ids[i]); err != nil {
					return fmt.Errorf("call %s: %w", r.CallID, err)
				}
			}
			if len(ids) < atOnce {
				return nil
			}
			last = ids[len(ids)-1]
		}
	}}, nil)
}

func describedNext(ctx context.Context, tx *sql.Tx, after int64,
	most int,
) (ids []int64, records []cdr.Record, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT r.id, r.call_id, r.direction, r.number, r.e164, r.name, r.customer, r.customer_name,
			r.ticket || char(10) || COALESCE(t.ticket_number, '')
		FROM call_record r LEFT JOIN ticket_request t ON t.call_id = r.call_id AND t.state = 'made'
		WHERE r.id > ? ORDER BY r.id LIMIT ?`, after, most)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var r cdr.Record
		if err := rows.Scan(&id, &r.CallID, &r.Direction, &r.Number, &r.E164, &r.Name, &r.Customer, &r.CustomerName,
			&r.Ticket); err != nil {
			return nil, nil, err
		}
		ids, records = append(ids, id), append(records, r)
	}
	return ids, records, rows.Err()
}
