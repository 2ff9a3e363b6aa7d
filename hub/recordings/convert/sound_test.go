package convert

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"
)

// waveOf is a WAV file with silence.
func waveOf(rate uint32, channels uint16, samples int, before string) []byte {
	file := append([]byte("RIFF\x00\x00\x00\x00WAVE"), before...)
	file = append(file, "fmt \x10\x00\x00\x00\x01\x00"...)
	file = binary.LittleEndian.AppendUint16(file, channels)
	file = binary.LittleEndian.AppendUint32(file, rate)
	file = append(file, "\x00\x00\x00\x00\x02\x00\x10\x00data"...)
	file = binary.LittleEndian.AppendUint32(file, uint32(2*samples))
	return append(file, make([]byte, 2*samples)...)
}

func TestSoundForAsterisk(t *testing.T) {
	second := waveOf(soundRate, 1, soundRate, "")
	none := tool(t, "")
	none.find = func(string) (string, error) { return "", ErrNoTool }
	for name, c := range map[string]struct {
		c       *Converter
		sound   []byte
		samples int
		err     error
	}{
		"as Asterisk plays it": {none, second, soundRate, nil},
		"with another chunk": {
			none, waveOf(soundRate, 1, soundRate, "LIST\x03\x00\x00\x00abc\x00"), soundRate, nil,
		},
		"cut":                        {none, second[:len(second)-1001], soundRate - 501, nil},
		"cut in its header":          {tool(t, "cat >/dev/null; exit 1"), second[:30], 0, errAny},
		"too short":                  {none, waveOf(soundRate, 1, 100, ""), 0, ErrEmpty},
		"too long":                   {none, waveOf(soundRate, 1, 3*soundRate, ""), 0, ErrLong},
		"too long after its program": {tool(t, "cat >/dev/null; head -c 64000 /dev/zero"), []byte("ID3"), 0, ErrLong},
		"stereo without a program":   {none, waveOf(44100, 2, soundRate, ""), 0, ErrNoTool},
		"stereo": {
			tool(t, `case "$*" in "-V1 -t wav - -t raw"*) cat >/dev/null; head -c 8000 /dev/zero;; *) exit 1;; esac`),
			waveOf(44100, 2, soundRate, ""), 4000, nil,
		},
		"Ogg": {
			tool(t, `case "$*" in "-V1 -t ogg - "*) head -c 4000 /dev/zero;; *) exit 1;; esac`),
			[]byte("OggS"), 2000, nil,
		},
		"MP3": {
			tool(t, `case "$*" in *"-t mp3 "*) head -c 4000 /dev/zero;; *) exit 1;; esac`),
			[]byte{0xff, 0xfb},
			2000, nil,
		},
		"no sound":  {none, []byte("<html>"), 0, ErrNoSound},
		"nothing":   {none, nil, 0, ErrNoSound},
		"a lie":     {none, []byte("RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff"), 0, ErrNoTool},
		"no chunks": {none, []byte("RIFF\x00\x00\x00\x00WAVE"), 0, ErrNoTool},
	} {
		t.Run(name, func(t *testing.T) {
			wave, err := c.c.Sound(t.Context(), c.sound, 2*time.Second)
			switch {
			case c.err != nil:
				if err == nil || !errors.Is(c.err, errAny) && !errors.Is(err, c.err) {
					t.Errorf("%d bytes, %v; want %v", len(wave), err, c.err)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			samples, ok := pcm(wave)
			if !ok || len(samples) != 2*c.samples || len(wave) != header+2*c.samples {
				t.Errorf("%d bytes, %d of them samples", len(wave), len(samples))
			}
		})
	}
}

var errAny = errors.New("any")

func TestSoundSaysWhatTheProgramSays(t *testing.T) {
	_, err := tool(t, "cat >/dev/null; echo broken header >&2; exit 2").Sound(t.Context(), []byte("fLaC"), time.Second)
	if err == nil || !strings.Contains(err.Error(), "broken header") {
		t.Errorf("%v", err)
	}
}

func FuzzSound(f *testing.F) {
	f.Add(waveOf(soundRate, 1, 10, "LIST\x03\x00\x00\x00abc\x00"))
	f.Fuzz(func(t *testing.T, sound []byte) {
		if samples, ok := pcm(sound); ok && !bytes.Contains(sound, samples) {
			t.Error("samples that are not in the file")
		}
	})
}
