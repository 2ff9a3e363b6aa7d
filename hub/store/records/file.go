package records

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
	"time"

	"traybell/hub/cdr"
	"traybell/hub/store/internal/sqlite"
	"traybell/hub/store/records/cdrline"
)

// A line gets into the monthly file exactly once: the line and its offset in the file are saved in
// the database first, in one transaction; then the line is written at that offset and synced; then
// its row is marked as written. A hub that was killed in between finds the row placed when it
// starts, and writes the same bytes to the same place: a torn line is completed, a complete one
// stays as it is.

const (
	fileName  = "pim_cdr_200601.log"
	fileBatch = 500      // lines placed at a time
	fileTail  = 64 << 10 // bytes at the end of a file that decide on its format
)

// placedLine is a row with its place in a file.
type placedLine struct {
	id     int64
	file   string
	offset int64
	line   string
}

// WriteOut implements cdr.Store.
func (c *Records) WriteOut(ctx context.Context) error {
	if c.file.Folder == "" {
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

const placeRecord = `UPDATE call_record
	SET file_state = 'placed', file_name = :file, file_offset = :offset, file_line = :line
	WHERE call_id = :call AND file_state = 'due'`

// placeNext assigns places to the next due rows of one month.
func (c *Records) placeNext(ctx context.Context) (more bool, err error) {
	due, err := c.store.records(ctx, `WHERE r.file_state = 'due' ORDER BY r.id LIMIT `+strconv.Itoa(fileBatch))
	if err != nil || len(due) == 0 {
		return false, err
	}
	name := due[0].Ended.In(c.file.Zone).Format(fileName)
	end, format, err := c.endOf(name)
	if err != nil {
		return false, err
	}
	place := c.store.db.Write.In(ctx, placeRecord)
	err = c.store.db.Change(ctx, func(tx *sql.Tx) error {
		for _, r := range due {
			if r.Ended.In(c.file.Zone).Format(fileName) != name {
				continue
			}
			line := format(&r, c.file.Zone)
			_, err := place(tx, sql.Named("file", name), sql.Named("offset", end), sql.Named("line", line),
				sql.Named("call", r.CallID))
			if err != nil {
				return err
			}
			end += int64(len(line))
		}
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("place calls in %s: %w", name, sqlite.Explain(err))
	}
	return true, nil
}

// endOf returns the offset of a file's next line, and its format. A last line that another program
// left without a line feed gets one.
func (c *Records) endOf(name string) (end int64, format cdrline.Format, err error) {
	f, err := c.open(name)
	if err != nil {
		return 0, nil, err
	}
	defer f.Close()
	end, err = f.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return end, cdrline.OPC, err
	}
	tail := make([]byte, min(end, fileTail))
	if _, err := f.ReadAt(tail, end-int64(len(tail))); err != nil {
		return 0, nil, err
	}
	format = cdrline.OPC
	if c.file.Format != cdr.FormatOPC && cdrline.IsTraybell1(tail) {
		format = cdrline.Traybell1
	}
	if tail[len(tail)-1] != '\n' {
		if _, err := f.WriteAt([]byte("\n"), end); err != nil {
			return 0, nil, err
		}
		end++
	}
	return end, format, f.Sync()
}

// settleAll writes all placed rows.
func (c *Records) settleAll(ctx context.Context) error {
	rows, err := c.store.db.Read.QueryContext(ctx,
		`SELECT id, file_name, file_offset, file_line FROM call_record WHERE file_state = 'placed'
		ORDER BY file_name, file_offset`)
	if err != nil {
		return fmt.Errorf("read placed calls: %w", sqlite.Explain(err))
	}
	defer rows.Close()
	var lines []placedLine
	for rows.Next() {
		var p placedLine
		if err := rows.Scan(&p.id, &p.file, &p.offset, &p.line); err != nil {
			return fmt.Errorf("read placed call: %w", err)
		}
		lines = append(lines, p)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read placed calls: %w", sqlite.Explain(err))
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

// settle writes rows that are adjacent in a file. If their place is taken, because somebody moved
// the file away, truncated it or wrote into it, they are due again and get a new one.
func (c *Records) settle(ctx context.Context, lines []placedLine) error {
	var text []byte
	for _, p := range lines {
		text = append(text, p.line...)
	}
	free, err := c.writeAt(lines[0].file, text, lines[0].offset)
	if err != nil {
		return fmt.Errorf("write CDR file: %w", err)
	}
	state := "written"
	if !free {
		state = "due"
	}
	mark := c.store.db.Write.In(ctx, `UPDATE call_record SET file_state = ?, file_line = '' WHERE id = ?`)
	err = c.store.db.Change(ctx, func(tx *sql.Tx) error {
		for _, p := range lines {
			if _, err := mark(tx, state, p.id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("mark calls as written to the CDR file: %w", sqlite.Explain(err))
	}
	return nil
}

// writeAt writes text at an offset unless other content is there. The beginning of the same text,
// as an interrupted write leaves it, and zeros, as a power cut leaves them, are not other content.
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

// open opens a month's file or creates it, readable by the hub's group for programs that collect
// it.
func (c *Records) open(name string) (*os.File, error) {
	path := filepath.Join(c.file.Folder, name)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if !errors.Is(err, os.ErrNotExist) {
		return f, err
	}
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, err
	}
	// The new directory entry must survive a power cut. Errors are ignored: not every system can
	// sync a folder.
	if folder, err := os.Open(c.file.Folder); err == nil {
		_ = folder.Sync()
		_ = folder.Close()
	}
	return f, nil
}

// CheckFile opens the file of this month for writing, if it exists.
func CheckFile(folder string, now time.Time) error {
	f, err := os.OpenFile(filepath.Join(folder, now.Format(fileName)), os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

var monthly = regexp.MustCompile(`^pim_cdr_[0-9]{6}\.log$`)

// forgetFiles deletes the files of months that ended before that time.
func (c *Records) forgetFiles(before time.Time) error {
	if c.file.Folder == "" {
		return nil
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	entries, err := os.ReadDir(c.file.Folder)
	if err != nil {
		return fmt.Errorf("look for old CDR files: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if !monthly.MatchString(e.Name()) || !e.Type().IsRegular() {
			continue
		}
		month, err := time.ParseInLocation(fileName, e.Name(), c.file.Zone)
		if err == nil && !month.AddDate(0, 1, 0).After(before) {
			errs = append(errs, os.Remove(filepath.Join(c.file.Folder, e.Name())))
		}
	}
	return errors.Join(errs...)
}
