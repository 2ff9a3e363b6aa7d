package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"traybell/hub/cdr"
)

// How a line comes into the monthly file exactly once: the line and its offset in the file are kept
// in the database first, in one transaction; then the line is written at that offset and synced;
// then the row is marked as written. A hub that is killed anywhere in between finds the row placed
// when it comes back, and writes the same bytes to the same place again: a line that was torn is
// made whole, one that was there stays what it is.

const (
	fileTime = "2006-01-02 15:04:05"
	fileName = "pim_cdr_200601.log"
	batch    = 500 // lines placed at a time
)

// fileLine is a record as the monthly file has it: 14 fields between |, see the package comment.
func fileLine(r cdr.Record, zone *time.Location) string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.In(zone).Format(fileTime)
	}
	seconds := func(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
	cause := ""
	if r.Cause > 0 {
		cause = strconv.Itoa(r.Cause)
	}
	fields := [14]string{
		at(r.Started), at(r.Answered), at(r.Ended), string(r.Direction), r.Number, r.Name, r.DID, r.Extension, r.Agent,
		seconds(r.Rang), seconds(r.Talked()), cause, r.Customer, r.Ticket,
	}
	for i := range fields {
		fields[i] = escape(fields[i])
	}
	return strings.Join(fields[:], "|") + "\n"
}

// escape keeps a field from holding a | or a line's end, so that who splits a line at | without
// further ado finds 14 fields.
func escape(field string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.NewReplacer(`\`, `\\`, "|", `\p`, "\r", `\r`, "\n", `\n`).Replace(field))
}

// placedLine is a row that has its place in a file.
type placedLine struct {
	id     int64
	file   string
	offset int64
	line   string
}

// WriteOut implements desk.Records.
func (c *Records) WriteOut(ctx context.Context) error {
	if c.folder == "" {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	for {
		if err := c.settleAll(ctx); err != nil {
			return err
		}
		more, err := c.placeNext(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// placeNext gives the next due rows of one month their places.
func (c *Records) placeNext(ctx context.Context) (more bool, err error) {
	due, err := c.store.records(ctx, `WHERE r.file_state = 'due' ORDER BY r.id LIMIT `+strconv.Itoa(batch))
	if err != nil || len(due) == 0 {
		return false, err
	}
	name := due[0].Ended.In(c.zone).Format(fileName)
	end, err := c.endOf(name)
	if err != nil {
		return false, err
	}
	err = c.store.change(ctx, func(tx *sql.Tx) error {
		for _, r := range due {
			if r.Ended.In(c.zone).Format(fileName) != name {
				continue
			}
			line := fileLine(r, c.zone)
			_, err := tx.ExecContext(ctx,
				`UPDATE call_record SET file_state = 'placed', file_name = ?, file_offset = ?, file_line = ? WHERE call_id = ? AND file_state = 'due'`,
				name, end, line, r.CallID)
			if err != nil {
				return err
			}
			end += int64(len(line))
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("placing calls in %s: %w", name, explain(err))
	}
	return true, nil
}

// endOf is where the next line of a file begins. A last line that somebody else has left without an
// end gets one.
func (c *Records) endOf(name string) (int64, error) {
	f, err := c.open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return end, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, end-1); err != nil {
		return 0, err
	}
	if last[0] != '\n' {
		if _, err := f.WriteAt([]byte("\n"), end); err != nil {
			return 0, err
		}
		end++
	}
	return end, f.Sync()
}

// settleAll writes all rows that have their places.
func (c *Records) settleAll(ctx context.Context) error {
	rows, err := c.store.read.QueryContext(ctx,
		`SELECT id, file_name, file_offset, file_line FROM call_record WHERE file_state = 'placed' ORDER BY file_name, file_offset`)
	if err != nil {
		return fmt.Errorf("reading the calls on their way into the CDR file: %w", explain(err))
	}
	defer rows.Close()
	var lines []placedLine
	for rows.Next() {
		var p placedLine
		if err := rows.Scan(&p.id, &p.file, &p.offset, &p.line); err != nil {
			return fmt.Errorf("a call on its way into the CDR file: %w", err)
		}
		lines = append(lines, p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("reading the calls on their way into the CDR file: %w", explain(err))
	}
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n].file == lines[0].file &&
			lines[n].offset == lines[n-1].offset+int64(len(lines[n-1].line)) {
			n++
		}
		if err := c.settle(ctx, lines[:n]); err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// settle writes rows that stand one behind the other in a file. Where their place is no longer
// free, because somebody has taken the file away, cut it or written into it, they are given a new
// one.
func (c *Records) settle(ctx context.Context, lines []placedLine) error {
	var text []byte
	for _, p := range lines {
		text = append(text, p.line...)
	}
	free, err := c.writeAt(lines[0].file, text, lines[0].offset)
	if err != nil {
		return fmt.Errorf("writing the CDR file: %w", err)
	}
	state := "written"
	if !free {
		state = "due"
	}
	err = c.store.change(ctx, func(tx *sql.Tx) error {
		for _, p := range lines {
			if _, err := tx.ExecContext(ctx, `UPDATE call_record SET file_state = ?, file_line = '' WHERE id = ?`,
				state, p.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting that the CDR file was written: %w", explain(err))
	}
	return nil
}

// writeAt writes text at an offset, unless something else stands there. What a torn writing has
// left, and zeros of a disk that lost its power, is not something else.
func (c *Records) writeAt(name string, text []byte, offset int64) (free bool, err error) {
	f, err := c.open(name)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil || size < offset {
		return false, err
	}
	there := make([]byte, min(int64(len(text)), size-offset))
	if _, err := f.ReadAt(there, offset); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	if bytes.Equal(there, text) {
		return true, f.Sync()
	}
	for i, b := range there {
		if b != text[i] && b != 0 {
			return false, nil
		}
	}
	if _, err := f.WriteAt(text, offset); err != nil {
		return false, err
	}
	return true, f.Sync()
}

// open opens a month's file, and makes it where there is none: readable by the hub's group, for
// those who collect it.
func (c *Records) open(name string) (*os.File, error) {
	path := filepath.Join(c.folder, name)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	// That the file is there must outlast a power cut as well. Not every system can sync a folder;
	// where it cannot, the file system sees to it.
	if folder, err := os.Open(c.folder); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
	return f, nil
}

var monthly = regexp.MustCompile(`^pim_cdr_[0-9]{6}\.log$`)

// forgetFiles deletes the files of months that ended before that moment.
func (c *Records) forgetFiles(before time.Time) error {
	if c.folder == "" {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return fmt.Errorf("looking for old CDR files: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if !monthly.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		month, err := time.ParseInLocation(fileName, e.Name(), c.zone)
		if err == nil && !month.AddDate(0, 1, 0).After(before) {
			errs = append(errs, os.Remove(filepath.Join(c.folder, e.Name())))
		}
	}
	return errors.Join(errs...)
}
