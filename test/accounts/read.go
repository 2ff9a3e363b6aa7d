package accounts

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Leg is a line of the CDR: one leg of a call, written at its end.
type Leg struct {
	Linkedid, Uniqueid string
	Channel, Dst       string // names; Dst is empty if nothing was dialled
	Start, Answer, End time.Time
	Disposition        string
	App                string // the last one
}

// Event is a line of the CEL, written when it happens.
type Event struct {
	Kind               string // CHAN_START, BRIDGE_ENTER …
	At                 time.Time
	Linkedid, Uniqueid string
	Channel            string
	Number             string // CallerID
	Exten              string
	Bridge             string // its id; of events of bridges
}

// Entry is a line of queue_log.
type Entry struct {
	At       time.Time // whole seconds
	Uniqueid string    // the caller's channel
	Queue    string
	Agent    string
	Event    string // ENTERQUEUE, CONNECT, ABANDON …
	Data     []string
}

// ReadCDR reads lines that cdr_custom.conf of the lab describes. An incomplete last line is left
// out: Asterisk was killed.
func ReadCDR(r io.Reader) ([]Leg, error) {
	const fields = 11
	var legs []Leg
	err := lines(r, fields, func(f []string) (err error) {
		leg := Leg{Linkedid: f[0], Uniqueid: f[1], Channel: f[2], Dst: f[3], Disposition: f[9], App: f[10]}
		if leg.Start, err = moment(f[6]); err != nil {
			return err
		}
		if leg.Answer, err = moment(f[7]); err != nil {
			return err
		}
		leg.End, err = moment(f[8])
		legs = append(legs, leg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read CDR: %w", err)
	}
	return legs, nil
}

// ReadCEL reads lines that cel_custom.conf of the lab describes.
func ReadCEL(r io.Reader) ([]Event, error) {
	const fields = 8
	var events []Event
	err := lines(r, fields, func(f []string) (err error) {
		e := Event{Kind: f[0], Linkedid: f[2], Uniqueid: f[3], Channel: f[4], Number: f[5], Exten: f[6]}
		if e.At, err = moment(f[1]); err != nil {
			return err
		}
		if strings.HasPrefix(e.Kind, "BRIDGE_") {
			var extra struct {
				Bridge string `json:"bridge_id"`
			}
			if err := json.Unmarshal([]byte(f[7]), &extra); err != nil {
				return fmt.Errorf("%s of %s: %w", e.Kind, e.Channel, err)
			}
			e.Bridge = extra.Bridge
		}
		events = append(events, e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read CEL: %w", err)
	}
	return events, nil
}

// ReadQueueLog reads queue_log.
func ReadQueueLog(r io.Reader) ([]Entry, error) {
	var entries []Entry
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		f := strings.Split(scan.Text(), "|")
		if len(f) < 5 {
			continue
		}
		at, err := moment(f[0])
		if err != nil {
			return nil, fmt.Errorf("read queue_log: %w", err)
		}
		entries = append(entries, Entry{At: at, Uniqueid: f[1], Queue: f[2], Agent: f[3], Event: f[4], Data: f[5:]})
	}
	return entries, scan.Err()
}

// lines reads CSV. Asterisk ends each line with a line feed.
func lines(r io.Reader, fields int, line func([]string) error) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	whole := strings.LastIndexByte(string(text), '\n') + 1
	c := csv.NewReader(strings.NewReader(string(text[:whole])))
	c.FieldsPerRecord = fields
	for {
		f, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = line(f)
		}
		if err != nil {
			row, _ := c.FieldPos(0)
			return fmt.Errorf("line %d: %w", row, err)
		}
	}
}

// moment reads seconds since 1970 with microseconds; 0 is the zero time.
func moment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || seconds == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(int64(math.Round(seconds * 1e6))), nil
}
