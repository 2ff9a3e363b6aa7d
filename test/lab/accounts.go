package lab

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"traybell/test/accounts"
)

// Ledger is a place in the files in which Asterisk says what its calls were.
type Ledger struct {
	dir   string
	sizes map[string]int64
}

const (
	cdrFile   = "cdr-custom/calls.csv"
	rowsFile  = "cdr-custom/recordings.csv"
	celFile   = "cel-custom/events.csv"
	queueFile = "queue_log"
)

// Ledger returns the present end of the files. Read reads what follows.
func (a *Asterisk) Ledger(ctx context.Context) (*Ledger, error) {
	root, err := a.script(ctx, "root")
	if err != nil {
		return nil, err
	}
	l := &Ledger{dir: filepath.Join(root, "var/log/asterisk"), sizes: map[string]int64{}}
	for _, name := range []string{cdrFile, celFile, queueFile} {
		info, err := os.Stat(filepath.Join(l.dir, name))
		if err == nil {
			l.sizes[name] = info.Size()
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return l, nil
}

// Read returns the calls since the ledger was made; see accounts.Calls.
func (l *Ledger) Read(kills []accounts.Span) ([]*accounts.Call, error) {
	legs, err := read(l, cdrFile, accounts.ReadCDR)
	if err != nil {
		return nil, err
	}
	events, err := read(l, celFile, accounts.ReadCEL)
	if err != nil {
		return nil, err
	}
	queue, err := read(l, queueFile, accounts.ReadQueueLog)
	if err != nil {
		return nil, err
	}
	return accounts.Calls(events, legs, queue, kills), nil
}

// Queues returns the lines of queue_log since the ledger was made.
func (l *Ledger) Queues() ([]accounts.Entry, error) { return read(l, queueFile, accounts.ReadQueueLog) }

// RecordingRows returns what FreePBX's table cdr has of its calls since its start: calldate, src, dst,
// channel, dstchannel, disposition, uniqueid, did, recordingfile, linkedid and sequence.
func (a *Asterisk) RecordingRows(ctx context.Context) ([][]string, error) {
	root, err := a.script(ctx, "root")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(root, "var/log/asterisk", rowsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return csv.NewReader(f).ReadAll()
}

// Monitor is the folder of its recordings.
func (a *Asterisk) Monitor(ctx context.Context) (string, error) {
	root, err := a.script(ctx, "root")
	return filepath.Join(root, "var/spool/asterisk/monitor"), err
}

func read[T any](l *Ledger, name string, parse func(io.Reader) ([]T, error)) ([]T, error) {
	f, err := os.Open(filepath.Join(l.dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := f.Seek(l.sizes[name], io.SeekStart); err != nil {
		return nil, err
	}
	return parse(f)
}
