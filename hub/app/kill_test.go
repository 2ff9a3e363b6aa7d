package app_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"traybell/hub/app"
	"traybell/hub/config"
	"traybell/shared/protocol"
	"traybell/test/terminal"
)

// hubToRun makes this test binary run a hub with that hub.yml, so that tests can kill it.
const hubToRun = "TRAYBELL_TEST_HUB"

func TestMain(m *testing.M) {
	path := os.Getenv(hubToRun)
	if path == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := beHub(ctx, path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:gocritic // the process ends here
	}
}

func beHub(ctx context.Context, path string) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	hub, err := app.New(ctx, app.Options{
		Config: cfg, Version: "test",
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return err
	}
	if err := hub.Start(ctx); err != nil {
		return err
	}
	fmt.Println(hub.Addr())
	<-ctx.Done()
	return hub.Stop() //nolint:contextcheck // ctx is over: stopping has its own time
}

// hubProcess is a hub in its own process.
type hubProcess struct {
	cmd    *exec.Cmd
	addr   string
	errors strings.Builder
}

func (s *story) startProcess() *hubProcess {
	s.t.Helper()
	h := &hubProcess{cmd: exec.CommandContext(context.WithoutCancel(s.t.Context()), os.Args[0])}
	h.cmd.Env = append(os.Environ(), hubToRun+"="+filepath.Join(s.dir, "hub.yml"))
	h.cmd.Stderr = &h.errors
	out, err := h.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := h.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = h.cmd.Wait()
		s.t.Fatalf("the hub did not start: %v\n%s", err, &h.errors)
	}
	h.addr = strings.TrimSpace(line)
	return h
}

func (h *hubProcess) end(sig os.Signal) error {
	if err := h.cmd.Process.Signal(sig); err != nil {
		return err
	}
	err := h.cmd.Wait()
	if sig == os.Kill {
		return nil
	}
	return err
}

// presser creates a ticket for every other answered call until the hub ends.
func presser(ctx context.Context, addr string) {
	anna, _, err := terminal.SignIn(ctx, addr, "101", "secret")
	if err != nil {
		return
	}
	defer anna.CloseNow() //nolint:errcheck // the hub may have ended
	seen := map[string]bool{}
	for {
		m, err := anna.Await(ctx, protocol.CallEvent)
		var c protocol.Call
		if err != nil || m.Decode(&c) != nil {
			return
		}
		if c.State != protocol.Answered || seen[c.ID] {
			continue
		}
		seen[c.ID] = true
		if len(seen)%2 == 0 {
			_, _ = anna.Send(ctx, protocol.TicketCreate, protocol.CreateTicket{Call: c.ID})
		}
	}
}

// After 20 kills during calls every call is once in the database and once in the file.
func killedTwentyTimes(t *testing.T) fault {
	const kills = 20
	s := tell(t)
	s.yaml += "cdr: {grace: 150ms, retention: 0s}\n"
	if err := os.WriteFile(filepath.Join(s.dir, "hub.yml"), []byte(s.yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	hub := s.startProcess()
	dead := func() { _ = hub.end(os.Kill) }
	defer func() { dead() }()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	x := s.newExchange(ctx)

	var born time.Duration
	caught := map[string]int{} // records by state at a kill
	for killed := 0; ; killed++ {
		if _, err := s.pbx.WaitAction(ctx, "Status", killed+1); err != nil {
			t.Fatalf("%v\n%s", err, &hub.errors)
		}
		pressing, gone := context.WithCancel(ctx)
		pressed := make(chan struct{})
		go func() { defer close(pressed); presser(pressing, hub.addr) }()
		if killed == kills {
			defer func() { gone(); <-pressed }()
			break
		}
		x.progress(ctx)
		pause(ctx, time.Duration(x.faults.IntN(60))*time.Millisecond)
		dead()
		gone()
		<-pressed
		states := count(t, x.db, `SELECT state || ' ' || file_state, count(*) FROM call_record GROUP BY 1`)
		for state, n := range states {
			caught[state] += n
		}
		pause(ctx, time.Duration(x.faults.IntN(150))*time.Millisecond)
		began := time.Now()
		hub = s.startProcess()
		born += time.Since(began)
	}
	x.finish(ctx, &hub.errors)
	final := hub
	dead = func() {}
	if err := final.end(os.Interrupt); err != nil {
		t.Errorf("at its stop: %v\n%s", err, &final.errors)
	}

	rows, lines, cdr := x.records()
	tickets := count(t, x.db,
		`SELECT r.number || ' ' || q.ticket_number, 1 FROM call_record r
			JOIN ticket_request q ON q.call_id = r.call_id AND q.state = 'made'`)
	withTicket := 0
	for _, f := range cdr {
		if f[13] == "" {
			continue
		}
		withTicket++
		if tickets[f[8]+" "+f[13]] == 0 {
			t.Errorf("CDR line with another call's ticket: %q", f)
		}
	}
	for _, number := range x.came {
		if rows[number] != 1 || lines[number] != 1 {
			t.Errorf("the call from %s has %d rows and %d lines", number, rows[number], lines[number])
		}
	}
	unseen := count(t, x.db, `SELECT 'n', count(*) FROM call_record WHERE end_unseen`)["n"]
	if withTicket == 0 || unseen == 0 || len(x.came) < 5*kills {
		t.Errorf("too little happened: %d calls, %d with a ticket, %d that ended while the hub was down", len(x.came),
			withTicket, unseen)
	}
	t.Logf("%d kills, %d calls: %d rows, %d lines, %d with a ticket, %d ended while the hub was down; %v to start; "+
		"states at the kills: %v",
		kills, len(x.came), len(rows), len(cdr), withTicket, unseen, born/kills, caught)
	f := fault{
		what: fmt.Sprintf("Hub: killed (SIGKILL) %d times while calls started, were answered and ended; %d ended "+
			"while it was down", kills, unseen),
		asked: fmt.Sprintf("%d calls", len(x.came)),
		came: fmt.Sprintf("%d database rows, %d CDR lines, %d with a ticket number",
			len(rows), len(cdr), withTicket),
	}
	f.count(x.came, rows, lines)
	return f
}
