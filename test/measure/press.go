package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"traybell/shared/protocol"
	"traybell/test/e2e/phones"
	asterisk "traybell/test/lab"
	"traybell/test/terminal"
)

// press measures the time from an agent's press to the action at AMI, and to what a real phone of
// Asterisk does, in turn with the same action by a bare AMI connection. The Asterisk is that of
// test/lab.
func press(ctx context.Context, hub string, rounds int) error {
	b, err := openBench(ctx, hub)
	if err != nil {
		return err
	}
	defer b.close()
	pace := time.NewTicker(betweenRounds)
	defer pace.Stop()
	for n := range rounds {
		<-pace.C
		both := []func(context.Context, int) error{b.byHub, b.bare}
		if n%2 == 1 {
			slices.Reverse(both)
		}
		for _, one := range both {
			limited, cancel := context.WithTimeout(ctx, 20*time.Second)
			err := one(limited, n)
			cancel()
			if err != nil {
				return fmt.Errorf("round %d: %w", n, err)
			}
		}
	}
	fmt.Printf("%d rounds, load %s\n\n", rounds, loadAverage())
	fmt.Println("| | press to AMI: p50, p99 | press to the phone: p50, p99 |\n|---|---|---|")
	for _, row := range []string{dialByHub, dialBare, hangupByHub, hangupBare} {
		t := b.times[row]
		fmt.Printf("| %s | %s, %s | %s, %s |\n", row, quantile(t.ami, 0.5), quantile(t.ami, 0.99),
			quantile(t.phone, 0.5), quantile(t.phone, 0.99))
	}
	for _, pair := range [][2]string{{dialByHub, dialBare}, {hangupByHub, hangupBare}} {
		of, over := b.times[pair[0]], b.times[pair[1]]
		fmt.Printf("\n%s, above the bare action: AMI p99 %s, phone p50 %s\n", pair[0],
			quantile(of.ami, 0.99)-quantile(over.ami, 0.99), quantile(of.phone, 0.5)-quantile(over.phone, 0.5))
	}
	return nil
}

// betweenRounds keeps to the hub's limit of actions.
const betweenRounds = 500 * time.Millisecond

// The rows of the table.
const (
	dialByHub   = "dial, by the hub"
	dialBare    = "dial, by AMI"
	hangupByHub = "hang up, by the hub"
	hangupBare  = "hang up, by AMI"
)

// pressed are the times of one kind of press.
type pressed struct{ ami, phone []time.Duration }

func quantile(times []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)].Round(10 * time.Microsecond)
}

// bench is a hub and a bare AMI connection at the same Asterisk, both through a tap, and a phone.
type bench struct {
	dir      string
	tap      *tap
	hub      *exec.Cmd
	phone    *phones.Phone
	terminal *terminal.Terminal
	heard    chan protocol.Message // of the terminal; closed at its end
	ami      net.Conn
	calls    map[string]protocol.Call // of the agent, as the hub has sent them
	dial     string                   // the Originate that the hub has sent
	times    map[string]*pressed
}

// labUser is the manager user of test/lab that may do everything.
const labUser = "full"

func openBench(ctx context.Context, hub string) (b *bench, err error) {
	b = &bench{
		heard: make(chan protocol.Message, 1000), calls: map[string]protocol.Call{}, times: map[string]*pressed{},
	}
	for _, row := range []string{dialByHub, dialBare, hangupByHub, hangupBare} {
		b.times[row] = &pressed{}
	}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	if b.dir, err = os.MkdirTemp("", "traybell-measure-"); err != nil {
		return b, err
	}
	if b.tap, err = openTap(ctx); err != nil {
		return b, err
	}
	if b.phone, err = phones.Listen("101", "127.0.1.101"); err != nil {
		return b, err
	}
	address, err := b.start(ctx, hub)
	if err != nil {
		return b, err
	}
	var opened protocol.OpenedSession
	if b.terminal, opened, err = terminal.SignIn(ctx, address, "101", password); err != nil {
		return b, err
	}
	go func() {
		defer close(b.heard)
		for {
			m, err := b.terminal.Next(ctx)
			if err != nil {
				return
			}
			b.heard <- m
		}
	}()
	if err := b.mayDial(ctx, opened.PBXs); err != nil {
		return b, err
	}
	if b.ami, err = new(net.Dialer).DialContext(ctx, "tcp", b.tap.listener.Addr().String()); err != nil {
		return b, err
	}
	go func() { // its answers and events
		in := bufio.NewReader(b.ami)
		for {
			if _, err := in.ReadString('\n'); err != nil {
				return
			}
		}
	}()
	_, err = fmt.Fprintf(b.ami, "Action: Login\r\nUsername: %s\r\nSecret: %s\r\nEvents: off\r\n\r\n", labUser,
		asterisk.AMIPassword)
	return b, err
}

// mayDial waits until the hub knows its rights on the PBX.
func (b *bench) mayDial(ctx context.Context, now []protocol.PBX) error {
	if len(now) == 1 && now[0].Dial {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return b.until(ctx, func(m protocol.Message) bool {
		var p protocol.PBX
		return m.Name == protocol.PBXEvent && m.Decode(&p) == nil && p.Dial
	})
}

// start starts the hub and returns its address.
func (b *bench) start(ctx context.Context, hub string) (address string, err error) {
	hash, err := cheapHash()
	if err != nil {
		return "", err
	}
	path := filepath.Join(b.dir, "hub.yml")
	text := fmt.Sprintf(`listen: 127.0.0.1:0
data_dir: .
pbx: [{id: main, address: %[1]q, username: %[2]s, password: %[3]s}]
agents:
  - {login: anna, name: Anna, extensions: ["101"], rights: [control], password: %[4]q}
  - {login: boris, name: Boris, extensions: ["102"], password: %[4]q}
dial: {phone: "PJSIP/<extension>"}
`, b.tap.listener.Addr(), labUser, asterisk.AMIPassword, hash)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	b.hub = exec.CommandContext(ctx, hub, "serve", "--config", path)
	out, err := b.hub.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := b.hub.Start(); err != nil {
		return "", err
	}
	lines := bufio.NewScanner(out)
	pattern := regexp.MustCompile(`hub ready" address=(\S+)`)
	for lines.Scan() {
		if found := pattern.FindStringSubmatch(lines.Text()); found != nil {
			go func() {
				for lines.Scan() { // so that the hub can log
				}
			}()
			return found[1], nil
		}
	}
	return "", fmt.Errorf("%s did not start", hub)
}

func (b *bench) close() {
	if b.terminal != nil {
		_ = b.terminal.CloseNow()
	}
	if b.ami != nil {
		_ = b.ami.Close()
	}
	if b.hub != nil && b.hub.Process != nil {
		_ = b.hub.Process.Kill()
		_ = b.hub.Wait()
	}
	if b.phone != nil {
		_ = b.phone.Close()
	}
	if b.tap != nil {
		_ = b.tap.listener.Close()
	}
	_ = os.RemoveAll(b.dir)
}

// byHub dials from a desktop, and hangs up while the phone rings.
func (b *bench) byHub(ctx context.Context, _ int) error {
	var dialled protocol.DialledNumber
	call, err := b.rings(ctx, dialByHub, func() (string, error) {
		id, err := b.terminal.Send(ctx, protocol.CallDial, protocol.DialNumber{Number: "102"})
		return id, err
	}, &dialled)
	if err != nil {
		return err
	}
	for !slices.Contains(b.calls[dialled.Call].Can, protocol.ControlHangup) {
		if _, err := b.next(ctx); err != nil {
			return err
		}
	}
	return b.ends(ctx, hangupByHub, call, func() error {
		_, err := b.terminal.Send(ctx, protocol.CallHangup, protocol.ControlCall{Call: dialled.Call})
		return err
	})
}

// bare sends the action of the hub's last dial, and hangs up.
func (b *bench) bare(ctx context.Context, n int) error {
	if b.dial == "" { // the first round begins with the hub
		return errors.New("the hub has dialled nothing")
	}
	unique := fmt.Sprintf("measure-%d-%d", os.Getpid(), n)
	action := regexp.MustCompile(`(?m)^(ActionID|ChannelId): .*\r$`).ReplaceAllString(b.dial, "$1: "+unique+"\r")
	call, err := b.rings(ctx, dialBare, func() (string, error) {
		_, err := fmt.Fprint(b.ami, action)
		return "", err
	}, nil)
	if err != nil {
		return err
	}
	return b.ends(ctx, hangupBare, call, func() error {
		_, err := fmt.Fprintf(b.ami, "Action: Hangup\r\nChannel: %s\r\n\r\n", unique)
		return err
	})
}

// rings presses, and waits until the phone rings and for the answer to what was pressed.
func (b *bench) rings(ctx context.Context, row string, press func() (id string, err error),
	dialled *protocol.DialledNumber,
) (*phones.Call, error) {
	b.tap.forget()
	began := time.Now()
	id, err := press()
	if err != nil {
		return nil, err
	}
	call, err := b.phone.WaitRinging(ctx)
	if err != nil {
		return nil, err
	}
	rang := time.Now()
	sent, err := b.tap.next(ctx, "Originate")
	if err != nil {
		return nil, err
	}
	if dialled != nil {
		b.dial = sent.text
		if err := b.until(ctx,
			func(m protocol.Message) bool { return m.Re == id && m.Decode(dialled) == nil }); err != nil {
			return nil, err
		}
	}
	b.note(row, sent.at.Sub(began), rang.Sub(began))
	return call, nil
}

// ends presses, and waits until the phone stops ringing.
func (b *bench) ends(ctx context.Context, row string, call *phones.Call, press func() error) error {
	b.tap.forget()
	began := time.Now()
	if err := press(); err != nil {
		return err
	}
	if err := call.WaitEnded(ctx); err != nil {
		return err
	}
	ended := time.Now()
	sent, err := b.tap.next(ctx, "Hangup")
	if err != nil {
		return err
	}
	b.note(row, sent.at.Sub(began), ended.Sub(began))
	for b.live() { // the agent may not have more than two calls
		if _, err := b.next(ctx); err != nil {
			return err
		}
	}
	return nil
}

// live reports whether the agent has a call.
func (b *bench) live() bool {
	for _, c := range b.calls {
		if c.State != protocol.Ended {
			return true
		}
	}
	return false
}

func (b *bench) note(row string, ami, phone time.Duration) {
	t := b.times[row]
	t.ami, t.phone = append(t.ami, ami), append(t.phone, phone)
}

// until waits for a message of the hub.
func (b *bench) until(ctx context.Context, is func(protocol.Message) bool) error {
	for {
		if m, err := b.next(ctx); err != nil || is(m) {
			return err
		}
	}
}

// next returns the next message of the hub, and notes the state of a call.
func (b *bench) next(ctx context.Context) (protocol.Message, error) {
	select {
	case m, ok := <-b.heard:
		var c protocol.Call
		switch {
		case !ok:
			return m, errors.New("the hub has ended the session")
		case m.Type == protocol.Error:
			return m, fmt.Errorf("%s: %s", m.Name, m.Data)
		case m.Name == protocol.CallEvent && m.Decode(&c) == nil:
			b.calls[c.ID] = c
		}
		return m, nil
	case <-ctx.Done():
		return protocol.Message{}, fmt.Errorf("the hub says nothing: %w", ctx.Err())
	}
}

// tap passes AMI connections on to Asterisk, and notes the actions.
type tap struct {
	listener net.Listener
	actions  chan seenAction
}

type seenAction struct {
	at   time.Time
	text string // with its end
}

func openTap(ctx context.Context) (*tap, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	t := &tap{listener, make(chan seenAction, 1000)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go t.pass(ctx, conn)
		}
	}()
	return t, nil
}

func (t *tap) pass(ctx context.Context, from net.Conn) {
	defer from.Close() //nolint:errcheck // the measurement is over
	to, err := new(net.Dialer).DialContext(ctx, "tcp", asterisk.AMI)
	if err != nil {
		fmt.Fprintln(os.Stderr, "no Asterisk:", err)
		return
	}
	defer to.Close() //nolint:errcheck // the measurement is over
	end := sync.OnceFunc(func() { _, _ = from.Close(), to.Close() })
	defer end()
	go func() {
		defer end()
		_, _ = bufio.NewReader(to).WriteTo(from)
	}()
	in := bufio.NewReader(from)
	var action strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		action.WriteString(line)
		if line != "\r\n" {
			continue
		}
		seen := seenAction{time.Now(), action.String()}
		if _, err := fmt.Fprint(to, seen.text); err != nil {
			return
		}
		action.Reset()
		select {
		case t.actions <- seen:
		default: // of the time between presses
		}
	}
}

// forget drops the actions before a press.
func (t *tap) forget() {
	for {
		select {
		case <-t.actions:
		default:
			return
		}
	}
}

// next waits for an action.
func (t *tap) next(ctx context.Context, name string) (seenAction, error) {
	for {
		select {
		case seen := <-t.actions:
			if strings.Contains(seen.text, "Action: "+name+"\r\n") {
				return seen, nil
			}
		case <-ctx.Done():
			return seenAction{}, fmt.Errorf("no action %s: %w", name, ctx.Err())
		}
	}
}
