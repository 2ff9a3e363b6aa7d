// Package convert makes recordings that browsers do not play into WAV files with PCM, by ffmpeg or sox.
// A Converter owns the converted files, which it keeps for a while so that listeners can seek. It
// starts no goroutine; any goroutine may use it.
package convert

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// Limits bound conversions.
type Limits struct {
	Time    time.Duration // of one conversion
	Output  int64         // bytes of one
	AtOnce  int           // conversions
	Waiting int           // conversions in progress, and those that wait
	OfOne   int           // of these, of one person
	Keep    time.Duration // how long a file is kept after its last use
	Bytes   int64         // of all files that are kept
}

func usual() Limits {
	return Limits{
		Time: 2 * time.Minute, Output: 512 << 20, AtOnce: 2, Waiting: 16, OfOne: 4, Keep: 15 * time.Minute,
		Bytes: 2 << 30,
	}
}

// Errors of conversions.
var (
	ErrNoTool = errors.New("neither ffmpeg nor sox is installed on the hub's computer")
	ErrBusy   = errors.New("too many recordings are being converted")
	ErrLong   = errors.New("the recording is too long to be converted")
)

// Converter converts recordings. Make it with New.
type Converter struct {
	limits Limits
	folder string // of the converted files
	find   func(name string) (string, error)
	now    func() time.Time
	slots  chan struct{}

	mu   sync.Mutex
	busy map[Key]*conversion
	kept map[Key]*kept
}

// Key names the content of a file.
type Key struct {
	Recording string
	Version   string // of the recording: one that has grown is converted again
}

// conversion is one that is in progress or waits.
type conversion struct {
	who     string
	ended   chan struct{} // closed then
	dropped bool          // the recording was deleted meanwhile
}

type kept struct {
	path string
	size int64
	used time.Time
}

// New returns a converter that keeps its files in a folder, which it empties.
func New(folder string) (*Converter, error) {
	if err := os.RemoveAll(folder); err != nil {
		return nil, fmt.Errorf("converted recordings of an earlier hub: %w", err)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("folder of converted recordings: %w", err)
	}
	return &Converter{
		limits: usual(), folder: folder, find: exec.LookPath, now: time.Now, slots: make(chan struct{}, usual().AtOnce),
		busy: map[Key]*conversion{}, kept: map[Key]*kept{},
	}, nil
}

// Tool returns the name of the program that converts; empty if none is installed.
func (c *Converter) Tool() string {
	tool, _, _ := toolBy(c.find)
	return tool
}

// Installed returns the name of the program that a hub on this computer converts with; empty: none.
func Installed() string {
	tool, _, _ := toolBy(exec.LookPath)
	return tool
}

func toolBy(find func(string) (string, error)) (name, path string, err error) {
	for _, name := range []string{"ffmpeg", "sox"} {
		if path, err := find(name); err == nil {
			return name, path, nil
		}
	}
	return "", "", ErrNoTool
}

// rates are the sampling rates of the formats that can be converted.
var rates = map[string]int{
	"wav": 8000, "gsm": 8000, "ulaw": 8000, "alaw": 8000, "sln": 8000, "sln12": 12000, "sln16": 16000, "sln24": 24000,
	"sln32": 32000, "sln44": 44100, "sln48": 48000,
}

// Can reports whether a format can be converted.
func Can(format string) bool { return rates[format] != 0 }

// command returns the arguments that make the samples of standard input into PCM of 16 bits on
// standard output.
func command(tool, format string) []string {
	rate := strconv.Itoa(rates[format])
	if tool == "ffmpeg" {
		in := map[string]string{"wav": "wav", "gsm": "gsm", "ulaw": "mulaw", "alaw": "alaw"}[format]
		args := []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe"}
		switch {
		case in == "":
			args = append(args, "-f", "s16le", "-ar", rate)
		case format == "wav":
			args = append(args, "-f", in)
		default:
			args = append(args, "-f", in, "-ar", rate)
		}
		return append(args, "-i", "pipe:0", "-f", "s16le", "-ac", "1", "-ar", rate, "pipe:1")
	}
	args := []string{"-V1"}
	switch format {
	case "wav":
		args = append(args, "-t", "wav")
	case "gsm":
		args = append(args, "-t", "gsm", "-r", rate, "-c", "1")
	case "ulaw":
		args = append(args, "-t", "ul", "-r", rate, "-c", "1")
	case "alaw":
		args = append(args, "-t", "al", "-r", rate, "-c", "1")
	default:
		args = append(args, "-t", "raw", "-e", "signed", "-b", "16", "-L", "-r", rate, "-c", "1")
	}
	return append(args, "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-r", rate, "-c", "1", "-")
}

// Wave returns the WAV file of a recording for a person; open is called if it is not converted yet. The
// program ends with ctx. The error is fs.ErrNotExist if the recording was deleted meanwhile.
func (c *Converter) Wave(ctx context.Context, who string, key Key, format string, open func() (io.ReadCloser, error)) (
	*os.File, error,
) {
	if !Can(format) {
		return nil, fmt.Errorf("the format %s cannot be converted", format)
	}
	for {
		file, wait, err := c.begin(who, key)
		switch {
		case err != nil || file != nil:
			return file, err
		case wait == nil:
			err := c.convert(ctx, key, format, open)
			c.end(key)
			if err != nil {
				return nil, err
			}
			continue
		}
		select {
		case <-wait: // it may have failed with the one who asked first
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// begin returns the file, or a channel that is closed when another request has converted it, or
// neither: the caller converts it, and calls end.
func (c *Converter) begin(who string, key Key) (*os.File, <-chan struct{}, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
	if k := c.kept[key]; k != nil {
		k.used = c.now()
		file, err := os.Open(k.path)
		return file, nil, err
	}
	if other := c.busy[key]; other != nil {
		return nil, other.ended, nil
	}
	own := 0
	for _, other := range c.busy {
		if other.who == who {
			own++
		}
	}
	if len(c.busy) >= c.limits.Waiting || own >= c.limits.OfOne {
		return nil, nil, ErrBusy
	}
	c.busy[key] = &conversion{who: who, ended: make(chan struct{})}
	return nil, nil, nil
}

func (c *Converter) end(key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.busy[key].ended)
	delete(c.busy, key)
}

// forget deletes files that were not used for long, and the oldest while there are too many bytes.
// Who reads one goes on. The lock is held.
func (c *Converter) forget() {
	var sum int64
	for key, k := range c.kept {
		if sum += k.size; c.now().Sub(k.used) > c.limits.Keep {
			sum -= k.size
			c.drop(key)
		}
	}
	for sum > c.limits.Bytes {
		var oldest Key
		for key, k := range c.kept {
			if oldest == (Key{}) || k.used.Before(c.kept[oldest].used) {
				oldest = key
			}
		}
		sum -= c.kept[oldest].size
		c.drop(oldest)
	}
}

func (c *Converter) drop(key Key) {
	_ = os.Remove(c.kept[key].path)
	delete(c.kept, key)
}

// Forget deletes the converted files of a recording that was deleted, also of a conversion in progress.
func (c *Converter) Forget(recording string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.kept {
		if key.Recording == recording {
			c.drop(key)
		}
	}
	for key, conversion := range c.busy {
		if key.Recording == recording {
			conversion.dropped = true
		}
	}
}

// Tidy deletes files that were not used for long.
func (c *Converter) Tidy() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget()
}

const header = 44 // bytes of a WAV header

func (c *Converter) convert(ctx context.Context, key Key, format string, open func() (io.ReadCloser, error)) (
	err error,
) {
	tool, path, err := toolBy(c.find)
	if err != nil {
		return err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	source, err := open()
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	out, err := os.CreateTemp(c.folder, "*.wav")
	if err != nil {
		return fmt.Errorf("convert a recording: %w", err)
	}
	defer func() {
		if err = errors.Join(err, out.Close()); err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	if _, err := out.Write(make([]byte, header)); err != nil {
		return fmt.Errorf("convert a recording: %w", err)
	}
	samples, err := c.run(ctx, path, command(tool, format), source, out, c.limits.Output)
	if err != nil {
		return fmt.Errorf("%s: %w", tool, err)
	}
	if _, err := out.WriteAt(waveHeader(rates[format], samples), 0); err != nil {
		return fmt.Errorf("convert a recording: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.busy[key].dropped {
		return fmt.Errorf("the recording was deleted: %w", fs.ErrNotExist)
	}
	c.kept[key] = &kept{path: out.Name(), size: header + samples, used: c.now()}
	return nil
}

// run runs a program from a reader to a writer of so many bytes within the limits.
func (c *Converter) run(ctx context.Context, path string, args []string, in io.Reader, out io.Writer, most int64) (
	written int64, err error,
) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.limits.Time,
		fmt.Errorf("it did not end within %s", c.limits.Time))
	defer cancel()
	run := exec.CommandContext(ctx, path, args...) //nolint:gosec // arguments are constants
	run.Dir, run.Env = c.folder, []string{"PATH=" + os.Getenv("PATH"), "LANG=C"}
	run.WaitDelay = time.Second
	to := &limited{out: bufio.NewWriterSize(out, 1<<16), most: most, over: cancel}
	complaint := &first{}
	run.Stdin, run.Stdout, run.Stderr = in, to, complaint
	err = run.Run()
	to.mu.Lock() // a program that was left may still write
	defer to.mu.Unlock()
	switch {
	case to.exceeded:
		return 0, ErrLong
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil:
		return 0, fmt.Errorf("%w: %s", err, complaint.text())
	}
	return to.written, to.out.Flush()
}

// limited is a writer that ends its program after too many bytes.
type limited struct {
	mu            sync.Mutex
	out           *bufio.Writer
	written, most int64
	over          func()
	exceeded      bool
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written += int64(len(p)); l.written > l.most {
		l.exceeded = true
		l.over()
		return 0, ErrLong
	}
	return l.out.Write(p)
}

// first keeps the begin of what a program complains about.
type first struct {
	mu   sync.Mutex
	kept []byte
}

func (f *first) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kept = append(f.kept, p[:min(len(p), 500-len(f.kept))]...)
	return len(p), nil
}

func (f *first) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return string(bytes.TrimSpace(f.kept))
}

// waveHeader is the header of a file with samples of 16 bits, one channel.
func waveHeader(rate int, samples int64) []byte {
	h := make([]byte, 0, header)
	h = append(h, "RIFF"...)
	h = binary.LittleEndian.AppendUint32(h, uint32(samples+header-8)) //nolint:gosec // Limits.Output is smaller
	h = append(h, "WAVEfmt "...)
	h = binary.LittleEndian.AppendUint32(h, 16)
	h = binary.LittleEndian.AppendUint16(h, 1) // PCM
	h = binary.LittleEndian.AppendUint16(h, 1)
	h = binary.LittleEndian.AppendUint32(h, uint32(rate))   //nolint:gosec // of the table
	h = binary.LittleEndian.AppendUint32(h, uint32(rate*2)) //nolint:gosec // of the table
	h = binary.LittleEndian.AppendUint16(h, 2)
	h = binary.LittleEndian.AppendUint16(h, 16)
	h = append(h, "data"...)
	return binary.LittleEndian.AppendUint32(h, uint32(samples)) //nolint:gosec // Limits.Output is smaller
}

// Playable reports whether browsers play a file. Of WAV files it depends on what is in them: begin is
// the begin of the file.
func Playable(format string, begin []byte) bool {
	switch format {
	case "mp3", "ogg", "flac", "m4a", "webm":
		return true
	case "wav":
		at := bytes.Index(begin, []byte("fmt "))
		if at < 0 || len(begin) < at+10 {
			return true // what else it is the browser says
		}
		switch binary.LittleEndian.Uint16(begin[at+8:]) {
		case 1, 3, 6, 7, 0xfffe: // PCM, floating point, A-law, µ-law, extensible
			return true
		}
	}
	return false
}
