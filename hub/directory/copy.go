package directory

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"traybell/shared/protocol"
)

// copyMark is the header of a copy. A new format needs a new mark.
const copyMark = "traybell customers 1\n"

// Copies keeps the customers of each source in files, readable by the user of the hub only, for a
// start while a source is unavailable.
type Copies struct{ Folder string }

// path hashes the name of the source, which may not be a valid file name.
func (c Copies) path(name string) string {
	sum := crc64.Checksum([]byte(name), crc64.MakeTable(crc64.ISO))
	return filepath.Join(c.Folder, fmt.Sprintf("directory-%016x.copy", sum))
}

// Age returns when the customers of a copy were read; zero if there is no copy.
func (c Copies) Age(name string) time.Time {
	info, err := os.Stat(c.path(name))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// write writes a copy. The modification time is when the customers were read.
func (c Copies) write(t *table, read time.Time) (err error) {
	path := c.path(t.name)
	file, err := os.CreateTemp(c.Folder, filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	sum := crc64.New(crc64.MakeTable(crc64.ECMA))
	out := bufio.NewWriterSize(io.MultiWriter(file, sum), 1<<20)
	_, _ = out.WriteString(copyMark)
	var length []byte
	for row := range t.rows {
		text := t.encoded(uint32(row))
		length = binary.AppendUvarint(length[:0], uint64(len(text)))
		_, _ = out.Write(length)
		_, _ = out.WriteString(text)
	}
	_ = out.WriteByte(0) // end: rows are not empty
	err = out.Flush()    // also returns earlier errors
	if err == nil {
		_, err = file.Write(binary.BigEndian.AppendUint64(nil, sum.Sum64()))
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Chtimes(file.Name(), read, read); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// touch sets the time of an unchanged copy.
func (c Copies) touch(name string, read time.Time) error { return os.Chtimes(c.path(name), read, read) }

// keepOnly removes the copies of other sources, and temporary files.
func (c Copies) keepOnly(names []string) error {
	files, err := filepath.Glob(filepath.Join(c.Folder, "directory-*.copy*"))
	if err != nil {
		return err
	}
	var failed []error
	for _, file := range files {
		if !slices.ContainsFunc(names, func(name string) bool { return c.path(name) == file }) {
			failed = append(failed, os.Remove(file))
		}
	}
	return errors.Join(failed...)
}

// copySource is a copy as a source.
type copySource struct {
	name string
	path string
}

func (s copySource) Name() string { return s.name }

func (s copySource) Read(ctx context.Context, add func(protocol.Customer), _ func(Problem)) error {
	file, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	damaged := fmt.Errorf("%s is damaged: remove it", s.path)
	sum := crc64.New(crc64.MakeTable(crc64.ECMA))
	in := &summed{from: bufio.NewReaderSize(file, 1<<20), into: sum}
	mark := make([]byte, len(copyMark))
	if _, err := io.ReadFull(in, mark); err != nil || string(mark) != copyMark {
		return damaged
	}
	text := make([]byte, maxRow)
	for rows := 0; ; rows++ {
		if rows%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		length, err := binary.ReadUvarint(in)
		if err != nil || length > maxRow {
			return damaged
		}
		if length == 0 {
			break
		}
		if _, err := io.ReadFull(in, text[:length]); err != nil {
			return damaged
		}
		c, ok := decode(string(text[:length]))
		if !ok {
			return damaged
		}
		add(c)
	}
	want := sum.Sum64()
	var tail [8]byte
	if _, err := io.ReadFull(in.from, tail[:]); err != nil || binary.BigEndian.Uint64(tail[:]) != want {
		return damaged
	}
	return nil
}

// summed adds what is read to a checksum.
type summed struct {
	from *bufio.Reader
	into io.Writer
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	_, _ = s.into.Write(p[:n])
	return n, err
}

func (s *summed) ReadByte() (byte, error) {
	b, err := s.from.ReadByte()
	if err == nil {
		_, _ = s.into.Write([]byte{b})
	}
	return b, err
}

// decode is the inverse of encode; ok is false for invalid text.
func decode(text string) (c protocol.Customer, ok bool) {
	for _, field := range fields(&c) {
		length, width := uvarint(text)
		if width == 0 || length < 0 || length > len(text)-width {
			return c, false
		}
		*field = text[width : width+length]
		text = text[width+length:]
	}
	return c, text == ""
}
