package amitest_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"traybell/hub/ami"
	"traybell/hub/ami/amitest"
	"traybell/hub/ami/wire"

	gocmp "github.com/google/go-cmp/cmp"
)

func names(messages []wire.Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Event())
	}
	return all
}

// rows lists Status, each row in short.
func rows(t *testing.T, s *ami.Session) []string {
	t.Helper()
	list, err := s.List(t.Context(), wire.NewAction("Status"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range list {
		peer, _, _ := strings.Cut(strings.TrimPrefix(m.Get("Channel"), "PJSIP/"), "-")
		bridged := ""
		if m.Get("BridgeID") != "" {
			bridged = " bridged"
		}
		all = append(all,
			fmt.Sprintf("%s %s %s DNID=%s %ss%s", peer, m.Get("ChannelStateDesc"), m.Get("Application"),
				m.Get("DNID"), m.Get("Seconds"), bridged))
	}
	return all
}

func TestStatusInMidCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := amitest.NewUnplugged(amitest.Options{})
		s := listen(t, p)
		expect := func(when string, want ...string) {
			t.Helper()
			if diff := gocmp.Diff(want, rows(t, s)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		expect("before the call")
		c := p.Incoming(amitest.Incoming{Number: "79161234567", DID: "74950000001", IVR: true})
		time.Sleep(2 * time.Second)
		c.Ring("101", "102")
		expect("ringing", "trunk Ring Dial DNID=74950000001 2s", "101 Ringing AppDial DNID=s 0s",
			"102 Ringing AppDial DNID=s 0s")
		c.Answer("102")
		time.Sleep(time.Second)
		expect("talking", "trunk Up Dial DNID=74950000001 3s bridged", "102 Up AppDial DNID=s 1s bridged")
		c.BlindTransfer("103")
		expect("transferred", "trunk Up Dial DNID=74950000001 3s", "103 Ringing AppDial DNID=103 0s")
		c.NoAnswer()
		c.End()
		expect("after the call")
		if !c.Ended() {
			t.Error("the ended call is not Ended")
		}
		before := len(received(s))
		c.Ring("101")
		c.Answer("101")
		c.Hangup()
		c.HangupByAgent()
		c.GiveUp()
		if after := received(s); len(after) != 0 {
			t.Errorf("an ended call sends %v (after %d events)", names(after), before)
		}
	})
}

func TestScriptsRunInRealTime(t *testing.T) {
	base := amitest.Script{
		Incoming: amitest.Incoming{Number: "79161234567", DID: "74950000001"}, Ring: []string{"101", "102"},
		RingFor: 5 * time.Second, TalkFor: time.Minute,
	}
	tests := map[string]struct {
		change func(*amitest.Script)
		took   time.Duration
		ends   string // the status of the last DialEnd
	}{
		"answered":  {func(*amitest.Script) {}, 65 * time.Second, "ANSWER"},
		"busy":      {func(s *amitest.Script) { s.Outcome = amitest.Busy }, 0, "BUSY"},
		"no answer": {func(s *amitest.Script) { s.Outcome = amitest.NoAnswer }, 5 * time.Second, "NOANSWER"},
		"given up":  {func(s *amitest.Script) { s.Outcome = amitest.GivenUp }, 5 * time.Second, "CANCEL"},
		"queue": {func(s *amitest.Script) {
			s.Queue, s.Rounds, s.ByAgent = "q", 2, true
		}, 75 * time.Second, "CANCEL"},
		"blind":    {func(s *amitest.Script) { s.TransferTo = "103" }, 70 * time.Second, "ANSWER"},
		"attended": {func(s *amitest.Script) { s.TransferTo, s.Attended = "103", true }, 65 * time.Second, "ANSWER"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := amitest.NewUnplugged(amitest.Options{})
				s := listen(t, p)
				script := base
				test.change(&script)
				began := time.Now()
				c, err := p.Place(t.Context(), script)
				if took := time.Since(began); err != nil || took != test.took {
					t.Errorf("took %s, want %s (%v)", took, test.took, err)
				}
				if !c.Ended() || len(p.LiveChannels()) != 0 {
					t.Errorf("left behind: %v", p.LiveChannels())
				}
				last := ""
				events := received(s)
				for _, m := range events {
					if m.Event() == "DialEnd" {
						last = m.Get("DialStatus")
					}
				}
				if last != test.ends {
					t.Errorf("the last DialEnd says %q, want %q", last, test.ends)
				}
				checkLives(t, events)
			})
		})
	}
}

// checkLives checks that each channel starts once, hangs up once, and has no events outside of
// that.
func checkLives(t *testing.T, events []wire.Message) (born int) {
	t.Helper()
	alive := map[string]bool{} // false: was live
	for _, m := range events {
		id := m.Get("Uniqueid")
		switch m.Event() {
		case "Newchannel":
			if _, known := alive[id]; known {
				t.Errorf("channel %s starts twice", id)
			}
			alive[id] = true
			born++
		case "Hangup":
			if !alive[id] {
				t.Errorf("channel %s hangs up, but was not live", id)
			}
			alive[id] = false
		default:
			for _, prefix := range []string{"", "Dest"} {
				if id, ok := m.Lookup(prefix + "Uniqueid"); ok && !alive[id] {
					t.Errorf("%s is about channel %s, which is not live", m.Event(), id)
				}
			}
		}
	}
	for id, still := range alive {
		if still {
			t.Errorf("channel %s never hangs up", id)
		}
	}
	return born
}

func TestSimulatedDay(t *testing.T) {
	day := func(t *testing.T, seed uint64) (story []string) {
		synctest.Test(t, func(t *testing.T) {
			p := amitest.NewUnplugged(amitest.Options{})
			s := listen(t, p)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			outcomes := map[amitest.Outcome]int{}
			kinds := map[string]int{}
			err := p.Simulate(ctx, amitest.Plan{
				DIDs: []string{"74950000001", "74950000002"}, Extensions: []string{"101", "102", "103", "104"},
				Queue: "support", Seed: seed,
				Placed: func(s amitest.Script) {
					story = append(story, fmt.Sprintf("%+v", s))
					outcomes[s.Outcome]++
					kinds[fmt.Sprint("queue ", s.Queue != "", " transfer ", s.TransferTo != "", " group ",
						len(s.Ring) > 1)]++
				},
			})
			if err != nil {
				t.Error(err)
			}
			events := received(s)
			if born := checkLives(t, events); born < 500 {
				t.Errorf("only %d channels in an hour", born)
			}
			if len(outcomes) != 4 || len(kinds) < 4 {
				t.Errorf("too much alike: %v %v", outcomes, kinds)
			}
			if live := p.LiveChannels(); len(live) != 0 {
				t.Errorf("still live: %v", live)
			}
			busy := map[string]string{} // extension: the call it is in
			for _, m := range events {
				id, at := m.Get("Uniqueid"), strings.TrimPrefix(m.Get("Channel"), "PJSIP/")
				extension, _, _ := strings.Cut(at, "-")
				switch m.Event() {
				case "Newchannel":
					if busy[extension] != "" && extension != "trunk" && m.Get("Linkedid") != id {
						t.Errorf("extension %s rings for %s while it is in %s", extension, m.Get("Linkedid"),
							busy[extension])
					}
					busy[extension] = m.Get("Linkedid")
				case "Hangup":
					delete(busy, extension)
				}
			}
		})
		return story
	}
	first, again, other := day(t, 1), day(t, 1), day(t, 2)
	if slices.Equal(first, other) {
		t.Error("two seeds make the same day")
	}
	// Which extensions are free depends on the order of calls that end at the same moment, so only
	// the beginning must be the same.
	if n := 3; !slices.Equal(first[:n], again[:n]) {
		t.Errorf("the same seed begins\n%v\nand then\n%v", first[:n], again[:n])
	}
}

func TestRecordingsPlayInRealTime(t *testing.T) {
	text, err := os.ReadFile("testdata/direct.txt")
	if err != nil {
		t.Fatal(err)
	}
	for speed, want := range map[float64]time.Duration{
		1: 8003 * time.Millisecond, 10: 800300 * time.Microsecond, 0: 0,
	} {
		synctest.Test(t, func(t *testing.T) {
			p := amitest.NewUnplugged(amitest.Options{})
			s := listen(t, p)
			began := time.Now()
			if err := p.Play(t.Context(), bytes.NewReader(text), speed); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took != want {
				t.Errorf("speed %v took %s, want %s", speed, took, want)
			}
			var got []string
			for _, m := range received(s) {
				got = append(got, strings.ReplaceAll(m.String(), "\r\n", "\n"))
			}
			var recorded []string
			for _, m := range recording(t, "direct") {
				recorded = append(recorded, m.String())
			}
			if diff := gocmp.Diff(recorded, got); diff != "" {
				t.Errorf("speed %v (-recorded +received):\n%s", speed, diff)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		p := amitest.NewUnplugged(amitest.Options{})
		s := listen(t, p)
		begin, _, _ := bytes.Cut(text, []byte("Event: BridgeLeave"))
		begin = begin[:bytes.LastIndexByte(begin[:len(begin)-1], '@')]
		if err := p.Play(t.Context(), bytes.NewReader(begin), 0); err != nil {
			t.Fatal(err)
		}
		want := []string{"trunk Up Dial DNID=74950000001 0s bridged", "101 Up AppDial DNID=s 0s bridged"}
		if diff := gocmp.Diff(want, rows(t, s)); diff != "" {
			t.Errorf("Status after half a recording (-want +got):\n%s", diff)
		}
	})
	for broken, want := range map[string]string{"@soon\nEvent: A\n\n": "line 1", "@1\nResponse: A\n\n": "line 2"} {
		p := amitest.NewUnplugged(amitest.Options{})
		if err := p.Play(t.Context(), strings.NewReader(broken), 0); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func TestRawStreams(t *testing.T) {
	stream := strings.Repeat("Event: Hangup\r\nUniqueid: 1\r\n\r\n", 10_000)
	p, err := amitest.New(amitest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	raw := dial(t, p, "Action: Login\r\nUsername: traybell\r\nSecret: ring the bell\r\nEvents: off\r\n\r\n")
	raw.until(t, "Authentication accepted\r\n\r\n")
	if err := p.PlayStream(t.Context(), strings.NewReader(stream)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(stream))
	if _, err := io.ReadFull(raw, got); err != nil || string(got) != stream {
		t.Errorf("the stream came altered: %v", err)
	}
}

// rawConn is a connection as with telnet.
type rawConn struct {
	net.Conn
	*bufio.Reader
}

func (w rawConn) Read(b []byte) (int, error) { return w.Reader.Read(b) }

func dial(t *testing.T, p *amitest.PBX, say string) rawConn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, say); err != nil {
		t.Fatal(err)
	}
	return rawConn{conn, bufio.NewReader(conn)}
}

// until reads up to text and returns what came before it.
func (w rawConn) until(t *testing.T, text string) string {
	t.Helper()
	var got []byte
	for !strings.HasSuffix(string(got), text) {
		b, err := w.ReadByte()
		if err != nil {
			t.Fatalf("wait for %q after %q: %v", text, got, err)
		}
		got = append(got, b)
	}
	return string(got)
}

func TestAnswersLikeAsterisk(t *testing.T) {
	p, err := amitest.New(amitest.Options{Users: map[string]amitest.User{
		"otrs": {Secret: "x", Read: []string{"system", "call"}, Write: []string{"system"}},
		"weak": {Secret: "x"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	say := func(user, action string) string {
		t.Helper()
		w := dial(t, p,
			"Action: Login\r\nUsername: "+user+"\r\nSecret: x\r\nEvents: off\r\n\r\nAction: "+action+
				"\r\nActionID: 7\r\n\r\n")
		if banner := w.until(t, "\r\n"); banner != "Asterisk Call Manager/11.0.0\r\n" {
			t.Errorf("the banner is %q", banner)
		}
		w.until(t, "\r\n\r\n")
		return w.until(t, "\r\n\r\n")
	}
	p.Set("blacklist", "7916", "spam")
	for _, test := range []struct{ user, action, want string }{
		{
			"otrs", "Frobnicate",
			"Response: Error\r\nActionID: 7\r\nMessage: Invalid/unknown command: Frobnicate. Use Action: " +
				"ListCommands to show available commands.\r\n\r\n",
		},
		{"weak", "Status", "Response: Error\r\nActionID: 7\r\nMessage: Permission denied\r\n\r\n"},
		{
			"weak", "DBPut\r\nFamily: a\r\nKey: b\r\nVal: c",
			"Response: Error\r\nActionID: 7\r\nMessage: Permission denied\r\n\r\n",
		},
		{
			"otrs", "DBGet\r\nFamily: a\r\nKey: b",
			"Response: Error\r\nActionID: 7\r\nMessage: Database entry not found\r\n\r\n",
		},
		{"otrs", "DBGet\r\nFamily: a", "Response: Error\r\nActionID: 7\r\nMessage: No key specified.\r\n\r\n"},
		{
			"otrs", "DBPut\r\nFamily: a\r\nKey: b\r\nVal: c",
			"Response: Success\r\nActionID: 7\r\nMessage: Updated database successfully\r\n\r\n",
		},
		{
			"otrs", "DBDel\r\nFamily: a\r\nKey: b",
			"Response: Success\r\nActionID: 7\r\nMessage: Key deleted successfully\r\n\r\n",
		},
		{
			"otrs", "DBGetTree\r\nFamily: blacklist",
			"Response: Success\r\nActionID: 7\r\nEventList: start\r\nMessage: Result will follow\r\n\r\n",
		},
		{
			"otrs", "Status",
			"Response: Success\r\nActionID: 7\r\nEventList: start\r\nMessage: Channel status will follow\r\n\r\n",
		},
		{"weak", "Events\r\nEventMask: off", "Response: Success\r\nActionID: 7\r\nEvents: Off\r\n\r\n"},
		{"weak", "Logoff", "Response: Goodbye\r\nActionID: 7\r\nMessage: Thanks for all the fish.\r\n\r\n"},
	} {
		if got := say(test.user, test.action); got != test.want {
			t.Errorf("%s, %s: got %q, want %q", test.user, test.action, got, test.want)
		}
	}
	w := dial(t, p, "Action: Status\r\n\r\nAction: Login\r\nUsername: otrs\r\nSecret: wrong\r\n\r\n")
	if got := w.until(t, "Authentication failed\r\n\r\n"); !strings.Contains(got, "Permission denied") {
		t.Errorf("an action before the login: %q", got)
	}
	if _, err := w.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("after a bad login: %v, want the end", err)
	}
}

func TestMasksAndRights(t *testing.T) {
	p, err := amitest.New(amitest.Options{Users: map[string]amitest.User{
		"call": {Secret: "x", Read: []string{"call"}}, "all": {Secret: "x", Read: []string{"all"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for login, want := range map[string]string{
		"Username: call\r\n":                        "call",
		"Username: call\r\nEvents: on\r\n":          "call",
		"Username: call\r\nEvents: agent\r\n":       "",
		"Username: all\r\n":                         "system agent call",
		"Username: all\r\nEvents: call,agent\r\n":   "agent call",
		"Username: all\r\nEvents: call, system\r\n": "system call",
		"Username: all\r\nEvents: off\r\n":          "",
	} {
		w := dial(t, p, "Action: Login\r\nSecret: x\r\n"+login+"\r\n")
		w.until(t, "Authentication accepted\r\n\r\n")
		p.Send(amitest.NewEvent("Queue", "agent"), amitest.NewEvent("Hangup", "call"))
		p.SendRaw([]byte("End: end\r\n"))
		got := w.until(t, "End: end\r\n")
		var classes []string
		for line := range strings.Lines(got) {
			if class, ok := strings.CutPrefix(line, "Privilege: "); ok {
				classes = append(classes, strings.TrimSuffix(class, ",all\r\n"))
			}
		}
		if received := strings.Join(classes, " "); received != want {
			t.Errorf("%q receives %q, want %q", login, received, want)
		}
		_ = w.Close()
	}
}
