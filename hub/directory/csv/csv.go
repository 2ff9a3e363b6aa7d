// Package csv reads customers from CSV files: a header line that names the columns, and a row per
// customer.
package csv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"traybell/hub/directory"
	"traybell/hub/directory/contact"
	"traybell/hub/table"
	"traybell/shared/protocol"
)

const example = "login;name;email;company;phone;mobile"

// Read is the directory.Format of CSV files.
func Read(ctx context.Context, text io.Reader, add func(protocol.Customer), problem func(directory.Problem)) error {
	r := table.NewReader(text)
	header, known, err := r.Header(func(words []string) int { return contact.NewHead(words).Score() })
	switch {
	case errors.Is(err, table.ErrEmpty):
		return fmt.Errorf("%w; its first line must name the columns, for example %s", err, example)
	case err != nil:
		return err
	case strings.EqualFold(strings.TrimSpace(header.Fields[0]), "BEGIN:VCARD"):
		return errors.New("this is a vCard file; write type: vcard")
	case known == 0:
		return fmt.Errorf("line %d has no known column; it must be a header, for example %s", header.Line, example)
	}
	head := contact.NewHead(header.Fields)
	problems, err := head.Check(header.Fields)
	if err != nil {
		return fmt.Errorf("line %d %w", header.Line, err)
	}
	for _, text := range problems {
		problem(directory.Problem{Line: header.Line, Text: text})
	}
	for rows := 0; ; rows++ {
		if rows%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		row, err := r.Next()
		var bad *table.RowError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			problem(directory.Problem{Line: bad.Line, Text: bad.Reason})
			continue
		case err != nil:
			return err
		case row.Empty():
			continue
		}
		for _, reason := range customer(head, row, r.Separator, add) {
			problem(directory.Problem{Line: row.Line, Text: reason})
		}
	}
}

// customer adds the customer of a row, and returns what is not used.
func customer(head contact.Head, row *table.Row, separator byte, add func(protocol.Customer)) (problems []string) {
	record := row.Fields
	for len(record) > head.Fields() && strings.TrimSpace(record[len(record)-1]) == "" {
		record = record[:len(record)-1]
	}
	if len(record) > head.Fields() {
		return []string{fmt.Sprintf("%d fields, but the header has %d; quote a field that contains a %q",
			len(record), head.Fields(), separator)}
	}
	// Fields at the end of a row may be missing. A row that was cut within a field has no number.
	c, reason := head.Customer(record)
	short := len(record) < head.Fields() && c.Phone == "" && c.Mobile == "" && c.HomePhone == "" && c.Fax == ""
	switch {
	case short:
		return []string{fmt.Sprintf("%d fields, but the header has %d; write a %q for each empty field",
			len(record), head.Fields(), separator)}
	case reason != "":
		return []string{reason}
	}
	add(c)
	return contact.NoNumbers(c)
}
