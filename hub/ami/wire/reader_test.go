package wire_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"traybell/hub/ami/wire"

	"github.com/google/go-cmp/cmp"
)

// trackerEvents are the events that trackers want.
var trackerEvents = []string{
	"Newchannel", "Newstate", "NewCallerid", "NewConnectedLine", "DialBegin", "DialState", "DialEnd", "Hangup",
	"BridgeEnter", "BridgeLeave", "BridgeMerge", "BlindTransfer", "AttendedTransfer", "LocalBridge",
	"LocalOptimizationBegin",
	"LocalOptimizationEnd", "Pickup", "Hold", "Unhold", "ParkedCall", "UnParkedCall", "ParkedCallTimeOut",
	"ParkedCallGiveUp",
	"OriginateResponse", "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentCalled", "AgentConnect",
	"AgentComplete", "AgentRingNoAnswer", "UserEvent",
}

// recorded is the raw stream of a working day.
func recorded(tb testing.TB) []byte {
	tb.Helper()
	f, err := os.Open("testdata/events.ami.gz")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// readAll reads messages to the end, as lists of "key=value".
func readAll(t *testing.T, src io.Reader, wanted ...string) ([][]string, error) {
	t.Helper()
	rd := wire.NewReader(src, wanted...)
	var all [][]string
	for {
		m, err := rd.Next()
		if err != nil {
			return all, err
		}
		all = append(all, fieldsOf(m))
	}
}

func fieldsOf(m wire.Message) []string {
	var fields []string
	for k, v := range m.Each() {
		fields = append(fields, k+"="+v)
	}
	return fields
}

func TestReaderReadsAsterisk(t *testing.T) {
	tests := []struct {
		name, stream string
		want         [][]string
	}{
		{"CRLF", "Event: Hangup\r\nCause: 16\r\n\r\n", [][]string{{"Event=Hangup", "Cause=16"}}},
		{"a bare LF", "Event: Hangup\nCause: 16\n\n", [][]string{{"Event=Hangup", "Cause=16"}}},
		{"both in one message", "Event: Hangup\nCause: 16\r\n\n", [][]string{{"Event=Hangup", "Cause=16"}}},
		{
			"extra blank lines", "\r\n\n\r\nEvent: A\r\n\r\n\r\n\n\r\nEvent: B\r\n\r\n",
			[][]string{{"Event=A"}, {"Event=B"}},
		},
		{
			"repeated keys in their order", "Event: A\r\nChanVariable: X=1\r\nUniqueid: 7\r\nChanVariable: Y=2\r\n\r\n",
			[][]string{{"Event=A", "ChanVariable=X=1", "Uniqueid=7", "ChanVariable=Y=2"}},
		},
		{
			"an empty value", "Event: A\r\nAccountCode: \r\nExten:\r\n\r\n",
			[][]string{{"Event=A", "AccountCode=", "Exten="}},
		},
		{"a colon in a value", "Event: A\r\nTo: 127.0.0.1:5060\r\n\r\n", [][]string{{"Event=A", "To=127.0.0.1:5060"}}},
		{"only one space belongs to the colon", "Event: A\r\nName:  x \r\n\r\n", [][]string{{"Event=A", "Name= x "}}},
		{
			"bytes that are no UTF-8", "Event: A\r\nName: \xff\xfe\x00\r\n\r\n",
			[][]string{{"Event=A", "Name=\xff\xfe\x00"}},
		},
		{"a line without a colon", "Event: A\r\nwhat is this\r\n\r\n", [][]string{{"Event=A", "=what is this"}}},
		{
			"an event that carries a response", "Event: OriginateResponse\r\nResponse: Failure\r\n\r\n",
			[][]string{{"Event=OriginateResponse", "Response=Failure"}},
		},
		{
			"the answer to a command, before 14",
			"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\nfirst: line\nEvent: not one\n\nthird\n--END " +
				"COMMAND--\r\n\r\nEvent: B\r\n\r\n",
			[][]string{
				{
					"Response=Follows", "Privilege=Command", "ActionID=7", "Output=first: line",
					"Output=Event: not one", "Output=", "Output=third",
				},
				{"Event=B"},
			},
		},
		{
			"the same, its last line unfinished",
			"Response: Follows\r\nPrivilege: Command\r\nhalf--END COMMAND--\r\n\r\n",
			[][]string{{"Response=Follows", "Privilege=Command", "Output=half"}},
		},
		{
			"the answer to a command, since 14", "Response: Success\r\nOutput: a\r\nOutput: \r\nOutput: b\r\n\r\n",
			[][]string{{"Response=Success", "Output=a", "Output=", "Output=b"}},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for how, src := range map[string]io.Reader{
				"whole":        strings.NewReader(test.stream),
				"byte by byte": iotest.OneByteReader(strings.NewReader(test.stream)),
				"with the end": iotest.DataErrReader(strings.NewReader(test.stream)),
			} {
				got, err := readAll(t, src)
				if !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s: ended with %v, want a clean end", how, err)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", how, diff)
				}
			}
		})
	}
}

// plainly reads a whole stream as the format is described: a second, slow opinion.
func plainly(stream string) (messages [][]string) {
	var fields []string
	follows, raw := false, false // the answer to a command before Asterisk 14, its lines that are no headers
	for line := range strings.Lines(stream) {
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			break
		}
		line = strings.TrimSuffix(line, "\r")
		key, value, colon := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case follows && (raw || !colon || !strings.EqualFold(key, "Privilege") && !strings.EqualFold(key, "ActionID")):
			raw = true
			output, last := strings.CutSuffix(strings.TrimRight(line, "\r"), "--END COMMAND--")
			if !last || output != "" {
				fields = append(fields, "Output="+output)
			}
			if last {
				messages, fields, follows, raw = append(messages, fields), nil, false, false
			}
		case line == "":
			if fields != nil {
				messages, fields = append(messages, fields), nil
			}
		case !colon:
			fields = append(fields, "="+line)
		default:
			follows = follows || fields == nil && strings.EqualFold(key, "Response") && value == "Follows"
			fields = append(fields, key+"="+value)
		}
	}
	return messages
}

// only returns the messages that a reader keeps who wants these events.
func only(messages [][]string, wanted ...string) (kept [][]string) {
	for _, m := range messages {
		if name, event := strings.CutPrefix(m[0], "Event="); !event || slices.Contains(wanted, name) {
			kept = append(kept, m)
		}
	}
	return kept
}

// mixed is a short stream of all shapes: events of each kind in the recording, replies, and what
// Asterisk before 14 sends.
func mixed(tb testing.TB) string {
	var b strings.Builder
	seen := map[string]bool{}
	for message := range strings.SplitAfterSeq(string(recorded(tb)), "\r\n\r\n") {
		name, _, _ := strings.Cut(message, "\r\n")
		if seen[name] || b.Len() > 2000 {
			continue
		}
		seen[name] = true
		b.WriteString(message)
		switch len(seen) {
		case 2:
			b.WriteString("Response: Success\r\nActionID: 1\r\nOutput: a\r\nOutput: \r\nOutput: Event: b\r\n\r\n\r\n")
		case 3:
			b.WriteString("Response: Follows\r\nPrivilege: Command\r\nActionID: 2\r\nfirst: line\n\r\n\n" +
				"Event: no\n--END COMMAND--\r\n\r\n")
		case 4:
			b.WriteString("Event: Hangup\nName: bare\rCR\r\r\n\r\r\nno colon\n\n\nevent: DialBegin\n\r\n")
		case 5:
			b.WriteString("Event: Status\r\nactionid: 3\r\n\r\nResponse: Error\r\n\n")
		}
	}
	return b.String()
}

func TestReaderAgreesWithThePlainOne(t *testing.T) {
	short := mixed(t)
	for how, test := range map[string]struct {
		stream string
		src    io.Reader
	}{
		"recorded":            {string(recorded(t)), bytes.NewReader(recorded(t))},
		"mixed":               {short, strings.NewReader(short)},
		"mixed, byte by byte": {short, iotest.OneByteReader(strings.NewReader(short))},
	} {
		got, err := readAll(t, test.src)
		if diff := cmp.Diff(plainly(test.stream), got); diff != "" || !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v (-want +got):\n%s", how, err, diff)
		}
	}
}

// The stream comes in two reads, split at each byte, and ends at each byte.
func TestSplitAtEveryByte(t *testing.T) {
	stream := mixed(t)
	wanted := []string{"Hangup", "DialBegin"}
	want := only(plainly(stream), wanted...)
	for at := range len(stream) {
		before, after := stream[:at], stream[at:]
		got, err := readAll(t, io.MultiReader(strings.NewReader(before), strings.NewReader(after)), wanted...)
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, io.EOF) {
			t.Fatalf("split at %d: %v (-want +got):\n%s", at, err, diff)
		}
		got, err = readAll(t, strings.NewReader(before), wanted...)
		if diff := cmp.Diff(only(plainly(before), wanted...), got); diff != "" || !errors.Is(err, io.EOF) &&
			!errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("ended at %d: %v (-want +got):\n%s", at, err, diff)
		}
	}
}

func TestFirstHeaderDecides(t *testing.T) {
	rd := wire.NewReader(strings.NewReader("Event: OriginateResponse\r\nResponse: Failure\r\nactionid: " +
		"5\r\n\r\nResponse: Success\r\nEvent: no\r\n\r\n"))
	m, err := rd.Next()
	if err != nil || m.Event() != "OriginateResponse" || m.Response() != "" || m.Get("Response") != "Failure" ||
		m.ActionID() != "5" {
		t.Errorf("the event reads as event %q, response %q, id %q (%v)", m.Event(), m.Response(), m.ActionID(), err)
	}
	if m, err = rd.Next(); err != nil || m.Event() != "" || m.Response() != "Success" {
		t.Errorf("the answer reads as event %q, response %q (%v)", m.Event(), m.Response(), err)
	}
	if got := (wire.Message{}); got.Event() != "" || got.Response() != "" || got.Get("x") != "" ||
		fieldsOf(got) != nil {
		t.Error("the zero message has something in it")
	}
}

func TestAllReturnsEveryValueOfAKey(t *testing.T) {
	m := wire.NewMessage(wire.Field{Key: "Event", Value: "A"}, wire.Field{Key: "ChanVariable", Value: "1"}, wire.Field{
		Key: "chanvariable", Value: "2",
	})
	if got := m.All("ChanVariable"); !slices.Equal(got, []string{"1", "2"}) {
		t.Errorf("got %q", got)
	}
	if m.All("nothing") != nil {
		t.Error("a key that is not there has values")
	}
}

func TestSkippingKeepsTheOtherEvents(t *testing.T) {
	stream := recorded(t)
	every, err := readAll(t, bytes.NewReader(stream))
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	if len(every) != 8902 {
		t.Errorf("the recording has %d messages, want 8902", len(every))
	}
	want := only(every, trackerEvents...)
	for how, src := range map[string]io.Reader{
		"whole": bytes.NewReader(stream), "in odd pieces": iotest.HalfReader(bytes.NewReader(stream)),
		"byte by byte": iotest.OneByteReader(bytes.NewReader(stream)),
	} {
		rd := wire.NewReader(src, trackerEvents...)
		var got [][]string
		for {
			m, err := rd.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(how, err)
			}
			got = append(got, fieldsOf(m))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", how, diff)
		}
		kept, skipped := rd.Counts()
		if kept != uint64(len(want)) || skipped != uint64(len(every)-len(want)) {
			t.Errorf("%s: counted %d kept and %d skipped, want %d and %d", how, kept, skipped, len(want),
				len(every)-len(want))
		}
	}
}

func TestMessagesOutliveTheReader(t *testing.T) {
	stream := recorded(t)
	rd := wire.NewReader(bytes.NewReader(stream), "Newchannel")
	first, err := rd.Next()
	if err != nil {
		t.Fatal(err)
	}
	before := strings.Clone(first.String())
	for err == nil {
		_, err = rd.Next()
	}
	if first.String() != before || first.Get("Channel") != "PJSIP/trunk-00000000" {
		t.Error("reading on has changed a message that was kept")
	}
}

func TestRowsOfListsAreKept(t *testing.T) {
	rows := "Event: Status\r\nChannel: a\r\nActionID: 1\r\n\r\nEvent: VarSet\r\nAppFile: x\r\n\r\nEvent: " +
		"VarSet\r\nactionid: 2\r\n\r\n"
	for _, active := range []bool{true, false} {
		rd := wire.NewReader(iotest.OneByteReader(strings.NewReader(rows)), "Hangup")
		rd.KeepTagged(func() bool { return active })
		var got []string
		for {
			m, err := rd.Next()
			if err != nil {
				break
			}
			got = append(got, m.ActionID())
		}
		if active && !slices.Equal(got, []string{"1", "2"}) || !active && got != nil {
			t.Errorf("lists in progress %v: kept %q", active, got)
		}
	}
}

func TestMessagesWithoutEndAreRefused(t *testing.T) {
	endless := func(begin, more string) io.Reader {
		return io.MultiReader(strings.NewReader(begin), strings.NewReader(strings.Repeat(more, 1+200_000/len(more))))
	}
	for name, src := range map[string]io.Reader{
		"one line":          endless("Event: Hangup\r\nName: ", "x"),
		"many lines":        endless("Event: Hangup\r\n", "Name: x\r\n"),
		"a skipped line":    endless("Event: VarSet\r\nName: ", "x"),
		"skipped lines":     endless("Event: VarSet\r\n", "Name: x\r\n"),
		"a command":         endless("Response: Follows\r\n", "line\n"),
		"nothing of a line": endless("", "x"),
	} {
		rd := wire.NewReader(src, "Hangup")
		rd.Limit(100_000)
		_, err := rd.Next()
		if !errors.Is(err, wire.ErrTooLarge) {
			t.Errorf("%s: got %v, want ErrTooLarge", name, err)
		}
		if _, again := rd.Next(); !errors.Is(again, wire.ErrTooLarge) {
			t.Errorf("%s: the next error is %v", name, again)
		}
	}
	rd := wire.NewReader(strings.NewReader("Event: A\r\nName: " + strings.Repeat("x", 99_000) + "\r\n\r\n"))
	rd.Limit(100_000)
	if m, err := rd.Next(); err != nil || len(m.Get("Name")) != 99_000 {
		t.Errorf("a large message within the limit is refused: %v", err)
	}
}

func TestEndWithinAMessage(t *testing.T) {
	for _, stream := range []string{
		"Event: A", "Event: A\r\n", "Event: A\r\nX: y\r\n", "Event: B\r\nX: y\r", "Response: Follows\r\nabc\n",
	} {
		if _, err := readAll(t, strings.NewReader(stream), "A"); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q ends with %v, want ErrUnexpectedEOF", stream, err)
		}
	}
	for _, stream := range []string{"", "\r\n", "Event: A\r\n\r\n\r"} {
		if _, err := readAll(t, strings.NewReader(stream), "A"); !errors.Is(err, io.EOF) {
			t.Errorf("%q ends with %v, want EOF", stream, err)
		}
	}
}

func TestBanner(t *testing.T) {
	rd := wire.NewReader(iotest.OneByteReader(strings.NewReader("Asterisk Call Manager/11.0.0\r\nEvent: A\r\n\r\n")))
	banner, err := rd.Banner()
	if banner != "Asterisk Call Manager/11.0.0" || err != nil {
		t.Fatalf("got %q, %v", banner, err)
	}
	if m, err := rd.Next(); err != nil || m.Event() != "A" {
		t.Errorf("bytes after the banner are lost: %v %v", m, err)
	}
	for _, other := range []string{"SSH-2.0-OpenSSH_9.6\r\n", "HTTP/1.1 400 Bad Request", strings.Repeat("x", 5000)} {
		banner, err := wire.NewReader(strings.NewReader(other)).Banner()
		if err != nil || len(banner) > 256 || banner == "" || !strings.HasPrefix(other, banner) {
			t.Errorf("%.20q: got %q, %v", other, banner, err)
		}
	}
	if _, err := wire.NewReader(strings.NewReader("")).Banner(); !errors.Is(err, io.EOF) {
		t.Errorf("silence: got %v", err)
	}
}

func TestAllocations(t *testing.T) {
	stream := recorded(t)
	measure := func(wanted ...string) (perKept float64, kept, skipped uint64) {
		src := bytes.NewReader(stream)
		allocs := testing.AllocsPerRun(3, func() {
			src.Reset(stream)
			rd := wire.NewReader(src, wanted...)
			for {
				if _, err := rd.Next(); err != nil {
					break
				}
			}
			kept, skipped = rd.Counts()
		})
		reader := 10 + float64(len(wanted)) // the reader, its buffer, its set of names, the growth of its table
		return max(0, allocs-reader) / float64(max(1, kept)), kept, skipped
	}
	if perKept, kept, skipped := measure("Nothing"); perKept > 0 || kept != 0 || skipped != 8902 {
		t.Errorf("skipping %d messages (%d kept) allocates %v times beyond the reader itself, want 0", skipped, kept,
			perKept)
	}
	if perKept, kept, _ := measure(); perKept > 1 || kept != 8902 {
		t.Errorf("keeping a message allocates %.3f times (%d kept), want once", perKept, kept)
	}
	if perKept, kept, skipped := measure(trackerEvents...); perKept > 1 || kept == 0 || skipped == 0 {
		t.Errorf("the tracker's events allocate %.3f times per kept message (%d kept, %d skipped), want once",
			perKept, kept, skipped)
	}
}

func FuzzReader(f *testing.F) {
	stream := recorded(f)
	f.Add(stream[:300])
	f.Add(stream[len(stream)-500:])
	f.Add([]byte("Response: Follows\r\nPrivilege: Command\r\nx\n\n--END COMMAND--\r\n\r\nEvent: A\n\n"))
	f.Add([]byte("\n\r\n:\n: \r\r\n\nEvent:\n\nResponse:\n\nActionID: \n\n"))
	const limit = 8 << 10
	f.Fuzz(func(t *testing.T, stream []byte) {
		read := func(src io.Reader, wanted ...string) (kept []string, end error) {
			rd := wire.NewReader(src, wanted...)
			rd.Limit(limit)
			rd.KeepTagged(func() bool { return true })
			size := 0
			for {
				m, err := rd.Next()
				if err != nil {
					return kept, err
				}
				fields := fieldsOf(m)
				text := len(m.String())
				if m.Response() == "Follows" {
					text -= len("Output: \r") * len(fields) // added to each line
				}
				if text > limit {
					t.Fatalf("a message of %d bytes, the limit is %d", text, limit)
				}
				if size += text; size > len(stream) {
					t.Fatalf("messages have %d bytes, %d were sent", size, len(stream))
				}
				kept = append(kept, fmt.Sprint(m.Event() != "", fields))
			}
		}
		whole, end := read(bytes.NewReader(stream))
		torn, tornEnd := read(iotest.OneByteReader(bytes.NewReader(stream)))
		if !slices.Equal(whole, torn) {
			t.Fatalf("torn, it reads differently (-whole +torn):\n%s", cmp.Diff(whole, torn))
		}
		if errors.Is(end, wire.ErrTooLarge) != errors.Is(tornEnd, wire.ErrTooLarge) {
			t.Fatalf("ends with %v whole and %v torn", end, tornEnd)
		}
		few, _ := read(bytes.NewReader(stream), "Hangup")
		if len(few) > len(whole) {
			t.Fatalf("skipping keeps more (%d) than keeping (%d)", len(few), len(whole))
		}
	})
}
