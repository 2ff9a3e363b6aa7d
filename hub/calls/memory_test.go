package calls

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"traybell/hub/ami/wire"
)

// A channel that begins a call takes at most 2 KB, with its call: 40 MB for MaxChannels.
func TestMemoryPerChannel(t *testing.T) {
	const most = 2000
	tracker := NewTracker("main", nil)
	live := func() int {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc) //nolint:gosec // a size in memory
	}
	before := live()
	for i := range MaxChannels {
		tracker.Apply(wire.NewMessage(
			wire.Field{Key: "Event", Value: "Newchannel"},
			wire.Field{Key: "Channel", Value: fmt.Sprintf("PJSIP/provider-%08x", i)},
			wire.Field{Key: "Uniqueid", Value: fmt.Sprintf("1795000000.%d", i)},
			wire.Field{Key: "Linkedid", Value: fmt.Sprintf("1795000000.%d", i)},
			wire.Field{Key: "ChannelState", Value: "4"}, wire.Field{Key: "CallerIDNum", Value: "79161234567"},
			wire.Field{Key: "CallerIDName", Value: "Ivan Ivanov"}, wire.Field{Key: "Exten", Value: "84950000001"},
			wire.Field{Key: "Context", Value: "from-trunk"},
		), time.Now())
	}
	each := (live() - before) / MaxChannels
	if len(tracker.channels) != MaxChannels || each > most {
		t.Errorf("%d channels with %d bytes each, want at most %d", len(tracker.channels), each, most)
	}
	t.Logf("%d bytes per channel and call", each)
	runtime.KeepAlive(tracker)
}
