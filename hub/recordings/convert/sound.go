package convert

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Errors of sounds.
var (
	ErrNoSound = errors.New("this is no sound file that the hub knows: WAV, MP3, Ogg or FLAC")
	ErrEmpty   = errors.New("there is nothing to hear in the file")
)

// soundRate is the sampling rate of what Asterisk plays to telephones.
const soundRate = 8000

// Sound makes a sound file of someone's a WAV file as Asterisk plays it: PCM of 16 bits, 8 kHz, one
// channel. One that is so already needs no program. The errors are ErrNoSound, ErrEmpty, ErrLong for
// more than most, ErrNoTool, ErrBusy, or what a program said.
func (c *Converter) Sound(ctx context.Context, sound []byte, most time.Duration) (wave []byte, err error) {
	bytesOf := int64(most.Seconds() * soundRate * 2)
	samples, ok := pcm(sound)
	if !ok {
		if samples, err = c.decode(ctx, sound, bytesOf); err != nil {
			return nil, err
		}
	}
	switch {
	case int64(len(samples)) > bytesOf:
		return nil, ErrLong
	case len(samples) < soundRate/5: // a tenth of a second
		return nil, ErrEmpty
	}
	return append(waveHeader(soundRate, int64(len(samples))), samples...), nil
}

func (c *Converter) decode(ctx context.Context, sound []byte, most int64) ([]byte, error) {
	kind := kindOf(sound)
	if kind == "" {
		return nil, ErrNoSound
	}
	tool, path, err := toolBy(c.find)
	if err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return nil, ErrBusy
	}
	args := []string{
		"-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "pipe", "-f", kind, "-i", "pipe:0",
		"-map", "0:a:0", "-f", "s16le", "-ac", "1", "-ar", "8000", "pipe:1",
	}
	if tool == "sox" {
		args = []string{
			"-V1", "-t", kind, "-", "-t", "raw", "-e", "signed", "-b", "16", "-L", "-r", "8000", "-c", "1", "-",
		}
	}
	var out bytes.Buffer
	if _, err := c.run(ctx, path, args, bytes.NewReader(sound), &out, most); err != nil {
		if errors.Is(err, ErrLong) || ctx.Err() != nil {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", tool, err)
	}
	return out.Bytes(), nil
}

// kindOf is the format of a sound file by its first bytes, as ffmpeg and sox call it; empty: unknown.
func kindOf(sound []byte) string {
	begins := func(with string) bool { return strings.HasPrefix(string(sound[:min(len(sound), 12)]), with) }
	switch {
	case begins("RIFF") && len(sound) >= 12 && string(sound[8:12]) == "WAVE":
		return "wav"
	case begins("OggS"):
		return "ogg"
	case begins("fLaC"):
		return "flac"
	case begins("ID3") || len(sound) > 1 && sound[0] == 0xff && sound[1]&0xe0 == 0xe0:
		return "mp3"
	}
	return ""
}

// pcm returns the samples of a WAV file as Asterisk plays it; ok is false for any other.
func pcm(wave []byte) (samples []byte, ok bool) {
	if kindOf(wave) != "wav" {
		return nil, false
	}
	for rest := wave[12:]; len(rest) >= 8; {
		size := int(binary.LittleEndian.Uint32(rest[4:]))
		name, chunk := string(rest[:4]), rest[8:]
		chunk = chunk[:min(size, len(chunk))]
		switch name {
		case "fmt ":
			if len(chunk) < 16 {
				return nil, false
			}
			number := binary.LittleEndian.Uint16
			ok = number(chunk) == 1 && number(chunk[2:]) == 1 && binary.LittleEndian.Uint32(chunk[4:]) == soundRate &&
				number(chunk[14:]) == 16
		case "data":
			return chunk[:len(chunk)&^1], ok
		}
		rest = rest[8+len(chunk):]
		if size%2 == 1 && len(rest) > 0 { // chunks begin at even places
			rest = rest[1:]
		}
	}
	return nil, false
}
