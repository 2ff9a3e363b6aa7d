package amitest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"traybell/hub/ami/wire"
)

// Play sends a recording to all clients that may read it, and updates the live channels. A
// recording is text: a line "@seconds" from the start, the message's lines, an empty line; lines
// end in LF in the file and CRLF on the wire. speed 1 is real time, 10 is ten times as fast, 0 as
// fast as clients read.
func (p *PBX) Play(ctx context.Context, recording io.Reader, speed float64) error {
	began := time.Now()
	lines := bufio.NewScanner(recording)
	lines.Buffer(nil, wire.DefaultMaxMessage)
	var e Event
	var at time.Duration
	flush := func() error {
		if e.Name == "" {
			return nil
		}
		if speed > 0 {
			if err := pause(ctx, time.Until(began.Add(time.Duration(float64(at)/speed)))); err != nil {
				return err
			}
		} else if err := p.breathe(ctx); err != nil {
			return err
		}
		p.Send(e)
		e = Event{}
		return nil
	}
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		switch {
		case line == "":
			if err := flush(); err != nil {
				return err
			}
		case line[0] == '@':
			seconds, err := strconv.ParseFloat(line[1:], 64)
			if err != nil {
				return fmt.Errorf("recording, line %d: %q is not a time such as @1.5", number, line)
			}
			at = time.Duration(seconds * float64(time.Second))
		default:
			key, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case e.Name == "" && key == "Event":
				e.Name = value
			case e.Name == "":
				return fmt.Errorf("recording, line %d: a message must begin with Event, not with %q", number, key)
			case key == "Privilege" && e.Class == "":
				e.Class = strings.Join(classes(value), ",")
			default:
				e.Fields = append(e.Fields, wire.Field{Key: key, Value: value})
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the recording: %w", err)
	}
	return flush()
}

// PlayStream sends a raw stream to all logged-in clients as fast as they read.
func (p *PBX) PlayStream(ctx context.Context, stream io.Reader) error {
	chunk := make([]byte, 64<<10)
	for {
		n, err := stream.Read(chunk)
		if n > 0 {
			if err := p.breathe(ctx); err != nil {
				return err
			}
			p.SendRaw(chunk[:n])
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read the stream: %w", err)
		}
	}
}

// breathe waits while a client is more than a megabyte behind.
func (p *PBX) breathe(ctx context.Context) error {
	for {
		p.mu.Lock()
		behind := false
		for c := range p.clients {
			behind = behind || c.waiting() > 1<<20
		}
		p.mu.Unlock()
		if !behind {
			return ctx.Err()
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
