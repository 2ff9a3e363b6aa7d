package pbx

import (
	"context"
	"strings"

	"traybell/hub/ami/wire"
)

// RecordingFile is the variable of a channel with the path of its recording.
const RecordingFile = "MIXMONITOR_FILENAME"

// RecordedFiles returns the paths of what channels record or have recorded, by Uniqueid; channel is
// the name of one, or empty for all.
func (s Steering) RecordedFiles(ctx context.Context, channel string) (map[string]string, error) {
	files := map[string]string{}
	err := s.recorded(ctx, channel, func(row wire.Message, name string) { files[row.Get("Uniqueid")] = name })
	return files, err
}

// Recording returns the names of the channels that record or have recorded, by Uniqueid.
func (s Steering) Recording(ctx context.Context) (map[string]string, error) {
	channels := map[string]string{}
	err := s.recorded(ctx, "", func(row wire.Message, _ string) { channels[row.Get("Uniqueid")] = row.Get("Channel") })
	return channels, err
}

func (s Steering) recorded(ctx context.Context, channel string, each func(row wire.Message, name string)) error {
	c, ok := s.pbx.connection()
	if !ok {
		return ErrNotConnected
	}
	a := wire.NewAction("Status").With("Variables", RecordingFile)
	if channel != "" {
		a = a.With("Channel", channel)
	}
	rows, err := c.List(ctx, a)
	if err != nil {
		return err
	}
	for _, row := range rows {
		for key, value := range row.Each() {
			name, ok := strings.CutPrefix(value, RecordingFile+"=")
			if ok && key == "Variable" && name != "" && name != "(null)" {
				each(row, strings.Clone(name))
			}
		}
	}
	return nil
}

// Recorder is what records a channel: MixMonitor, or Monitor of Asterisk up to 20.
type Recorder struct {
	Channel string
	Monitor bool
}

// PauseRecording pauses what records a channel, or goes on.
func (s Steering) PauseRecording(ctx context.Context, r Recorder, paused bool) error {
	switch {
	case r.Monitor && paused:
		return s.pbx.do(ctx, wire.NewAction("PauseMonitor").With("Channel", r.Channel))
	case r.Monitor:
		return s.pbx.do(ctx, wire.NewAction("UnpauseMonitor").With("Channel", r.Channel))
	}
	state := "0"
	if paused {
		state = "1"
	}
	return s.pbx.do(ctx, wire.NewAction("MixMonitorMute").With("Channel", r.Channel).With("Direction", "both").
		With("State", state))
}
