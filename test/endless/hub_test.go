package endless

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"traybell/hub/admin"
	"traybell/hub/agents"
	"traybell/hub/ami"
	"traybell/hub/ami/wire"
	"traybell/hub/audit"
	"traybell/hub/calls"
	"traybell/hub/certificate"
	"traybell/hub/cmd"
	"traybell/hub/config"
	"traybell/hub/directory"
	"traybell/hub/directory/carddav"
	"traybell/hub/directory/csv"
	"traybell/hub/directory/ldap"
	"traybell/hub/directory/sql"
	"traybell/hub/directory/vcard"
	"traybell/hub/helpdesk"
	"traybell/hub/helpdesk/znuny"
	"traybell/hub/ldapserver"
	"traybell/hub/people"
	peopleldap "traybell/hub/people/ldap"
	"traybell/hub/staff"
	"traybell/hub/store"
	"traybell/hub/store/storetest/empty"
	"traybell/hub/web"
	"traybell/shared/protocol"

	"github.com/coder/websocket"
	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"
	"github.com/jackc/pgx/v5/pgproto3"
)

// asterisk answers a login; then serve answers the first action after it, with its ActionID.
func asterisk(t *testing.T, serve func(w io.Writer, id string)) ami.Config {
	t.Helper()
	address := listen(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "Asterisk Call Manager/11.0.0\r\n")
		in := bufio.NewReader(c)
		for first := true; ; first = false {
			id := ""
			for line := "\n"; line != "\r\n"; {
				var err error
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
				if value, ok := strings.CutPrefix(line, "ActionID: "); ok {
					id = strings.TrimSpace(value)
				}
			}
			if !first {
				serve(c, id)
				return
			}
			fmt.Fprintf(c, "Response: Success\r\nActionID: %s\r\nMessage: Authentication accepted\r\n\r\n", id)
		}
	})
	return ami.Config{
		Address: address, Username: "traybell", Password: "secret", Wanted: calls.Events(), KeepAlive: time.Second,
	}
}

// list connects and asks for a list.
func list(t *testing.T, serve func(w io.Writer, id string)) error {
	t.Helper()
	s, err := ami.Connect(t.Context(), asterisk(t, serve))
	if err != nil {
		return err
	}
	defer s.Close(errEnough)
	_, err = s.List(t.Context(), wire.NewAction("Status"))
	return err
}

const channel = "Channel: PJSIP/101-%08[1]x\r\nUniqueid: 1795000000.%[1]d\r\nLinkedid: 1795000000.%[1]d\r\n" +
	"ChannelState: 6\r\nCallerIDNum: 79161234567\r\nExten: 101\r\nContext: from-internal\r\n\r\n"

func ofPBX() []reader {
	return []reader{
		{"AMI list", "64 MiB of rows", 160, "Status has more than 64 MiB after", func(t *testing.T) error {
			return list(t, func(w io.Writer, id string) {
				fmt.Fprintf(w, "Response: Success\r\nActionID: %s\r\nEventList: start\r\n\r\n", id)
				pour(w, "Event: Status\r\nActionID: "+id+"\r\n"+fmt.Sprintf(channel, 1))
			})
		}},
		{"AMI line", "1 MiB", 16, "no end within 1048576 bytes", func(t *testing.T) error {
			return list(t, func(w io.Writer, _ string) { pour(w, "Event") })
		}},
		{"AMI message", "1 MiB", 32, "no end within 1048576 bytes", func(t *testing.T) error {
			return list(t, func(w io.Writer, _ string) {
				_, _ = io.WriteString(w, "Event: Newchannel\r\n")
				pour(w, "a:\r\n")
			})
		}},
		{"AMI command output", "1 MiB", 48, "no end within 1048576 bytes", func(t *testing.T) error {
			return list(t, func(w io.Writer, _ string) {
				_, _ = io.WriteString(w, "Response: Follows\r\n")
				pour(w, "x\n")
			})
		}},
		{"AMI greeting", "256 bytes", 4, "not an Asterisk manager port", func(t *testing.T) error {
			s, err := ami.Connect(t.Context(), ami.Config{
				Address: listen(t, func(c net.Conn) { pour(c, "x") }), Username: "u", Password: "p",
			})
			if err == nil {
				s.Close(errEnough)
			}
			return err
		}},
		{"AMI events that nothing takes", "65536 events or 128 MiB", 220, "event queue full", func(t *testing.T) error {
			return list(t, func(w io.Writer, _ string) {
				pour(w, "Event: Newchannel\r\nChanVariable: "+strings.Repeat("x", 60_000)+"\r\n\r\n")
			})
		}},
		{"channels of a PBX", "20,000 channels", 96, "", func(t *testing.T) error {
			return channels(t, 100_000, calls.MaxChannels, func(i int) int { return i })
		}},
		{"channels of a call", "1,000 channels", 24, "", func(t *testing.T) error {
			return channels(t, 20_000, calls.MaxParts, func(int) int { return 1 })
		}},
	}
}

// channels sends new channels of one number and checks how many are followed.
func channels(t *testing.T, sent, followed int, linked func(i int) int) error {
	t.Helper()
	skipped, first := 0, 0
	f := calls.Follower{
		Tracker: calls.NewTracker("main", nil), OnChange: func(calls.Change) {}, OnSkip: func(is bool) {
			skipped++
			if is {
				first++
			}
		},
	}
	f.Connected(1, time.Time{})
	for i := 1; i <= sent; i++ {
		f.Event(wire.NewMessage(
			wire.Field{Key: "Event", Value: "Newchannel"},
			wire.Field{Key: "Channel", Value: fmt.Sprintf("PJSIP/101-%08x", i)},
			wire.Field{Key: "Uniqueid", Value: fmt.Sprintf("1795000000.%d", i)},
			wire.Field{Key: "Linkedid", Value: fmt.Sprintf("1795000000.%d", linked(i))},
			wire.Field{Key: "ChannelState", Value: "4"}, wire.Field{Key: "CallerIDNum", Value: "79161234567"},
			wire.Field{Key: "Exten", Value: "84950000001"}, wire.Field{Key: "Context", Value: "from-trunk"},
		), time.Now())
	}
	if skipped != sent-followed || first != 1 {
		return fmt.Errorf("%d channels skipped of %d, reported %d times as the first", skipped, sent, first)
	}
	return nil
}

// read reads a source until it ends, or has used some rows.
func read(t *testing.T, s directory.Source, err error) error {
	t.Helper()
	if err != nil {
		return err
	}
	ctx, count := upTo(t.Context(), some)
	err = s.Read(ctx, func(protocol.Customer) { count() }, func(directory.Problem) { count() })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func file(t *testing.T, format directory.Format, rows int, text string) error {
	t.Helper()
	ctx, count := upTo(t.Context(), rows)
	err := format(ctx, &bottomless{text: text},
		func(protocol.Customer) { count() }, func(directory.Problem) { count() })
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

func ofDirectories() []reader {
	return []reader{
		{"LDAP page", "used as it comes", 24, "", func(t *testing.T) error {
			return fromLDAP(t, ldapEntry("CN=A,DC=x", "cn", "A", "mobile", "+79031112233"))
		}},
		{"LDAP entry", "1 MiB", 24, "", func(t *testing.T) error { // the library's error
			sequence := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "").Bytes()
			err := fromLDAP(t, sequence[:1], []byte{0x84, 0x7f, 0xff, 0xff, 0xff})
			if err == nil || errors.Is(err, errEnough) {
				return errors.New("an entry of 2 GiB is read")
			}
			return nil
		}},
		{"LDAP references", "10,000", 24, "more than 10000 references", func(t *testing.T) error {
			reference := ber.Encode(ber.ClassApplication, ber.TypeConstructed,
				goldap.ApplicationSearchResultReference, nil, "")
			reference.AppendChild(octets("ldap://other.example/DC=y"))
			return fromLDAP(t, ldapMessage(reference))
		}},
		{"LDAP values in parts", "20,000 of an attribute", 48, "", func(t *testing.T) error {
			return fromLDAP(t, ldapEntry("CN=A,DC=x", "cn", "A", "mobile;range=0-0", "+79031112233"))
		}},
		{"LDAP people", "20,000", 48, "more than 20000 people", func(t *testing.T) error {
			return peopleFromLDAP(t, ldapEntry("CN=A,DC=x", "cn", "A", "uid", "a"))
		}},
		{"CardDAV list", "2,000,000 resources", 32, "", func(t *testing.T) error {
			return fromCardDAV(t, `<d:response><d:href>/a.vcf</d:href><d:propstat><d:prop><d:getetag>"1"</d:getetag>`+
				`</d:prop></d:propstat></d:response>`, some)
		}},
		{"CardDAV resource", "16 MiB", 128, "the response for one resource is too large", func(t *testing.T) error {
			return fromCardDAV(t, `<d:response><d:href>/a.vcf</d:href><d:propstat><d:prop><d:getetag>x`+
				strings.Repeat("x", 1000), -1)
		}},
		{"CardDAV name", "4096 bytes", 64, "more than 4096 bytes", func(t *testing.T) error {
			return fromCardDAV(t, `<d:response><d:href>/`+strings.Repeat("x", 5000)+`</d:href></d:response>`, some)
		}},
		{"vCard", "1 MiB of properties", 24, "does not end within 1048576 bytes", func(t *testing.T) error {
			return file(t, vcard.Read, some, "BEGIN:VCARD\n"+strings.Repeat("TEL:+79031112233\n", 200_000))
		}},
		{"vCard line", "1 MiB", 16, "this is not a vCard file", func(t *testing.T) error {
			return file(t, vcard.Read, some, "x")
		}},
		{"vCard property", "16 MiB", 96, "", func(t *testing.T) error {
			photo := strings.Repeat(" xxxxxxxxxxxxxxxxxxxx\n", mib)
			return file(t, vcard.Read, 2, "BEGIN:VCARD\nFN:A\nPHOTO:x\n"+photo+"END:VCARD\n")
		}},
		{"vCards", "used as they come", 16, "", func(t *testing.T) error {
			return file(t, vcard.Read, some, "BEGIN:VCARD\nFN:A\nTEL:+79031112233\nEND:VCARD\n")
		}},
		{"CSV line", "256 KiB", 8, "longer than 262144 bytes", func(t *testing.T) error {
			return file(t, csv.Read, some, "name;")
		}},
		{"CSV rows", "used as they come", 16, "", func(t *testing.T) error {
			return file(t, csv.Read, some, "name;phone\n")
		}},
		{"PostgreSQL message", "4 MiB", 16, "more than 4 MiB for one row", func(t *testing.T) error {
			return fromPostgres(t, func(c net.Conn, _ *pgproto3.Backend) {
				_, _ = c.Write([]byte{'D', 0x3f, 0xff, 0xff, 0xff})
				pour(c, "x")
			})
		}},
		{"PostgreSQL rows", "used as they come", 24, "", func(t *testing.T) error {
			return fromPostgres(t, func(c net.Conn, _ *pgproto3.Backend) {
				row, _ := (&pgproto3.DataRow{Values: [][]byte{[]byte("A"), []byte("+79031112233")}}).Encode(nil)
				pour(c, string(row))
			})
		}},
		{"PostgreSQL notices", "4 MiB before a row", 24, "more than 4 MiB for one row", func(t *testing.T) error {
			return fromPostgres(t, func(c net.Conn, _ *pgproto3.Backend) {
				notice, _ := (&pgproto3.NoticeResponse{Severity: "NOTICE", Message: "wait"}).Encode(nil)
				pour(c, string(notice))
			})
		}},
		{"MySQL packet", "4 MiB", 32, "more than 4 MiB for one row", func(t *testing.T) error {
			address := listen(t, func(c net.Conn) {
				_, _ = c.Write([]byte{0xff, 0xff, 0xff, 0})
				pour(c, "x")
			})
			s, err := sql.New(sql.Options{Name: "s", Driver: sql.MySQL, DSN: "u:p@tcp(" + address + ")/d"})
			return read(t, s, err)
		}},
	}
}

func octets(text string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, text, "")
}

// ldapMessage is a response to the first request; its id is a byte at a known place.
func ldapMessage(op *ber.Packet) []byte {
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	m.AppendChild(op)
	return m.Bytes()
}

func ldapEntry(dn string, values ...string) []byte {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationSearchResultEntry, nil, "")
	p.AppendChild(octets(dn))
	all := ber.NewSequence("")
	for i := 0; i < len(values); i += 2 {
		a, set := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		a.AppendChild(octets(values[i]))
		set.AppendChild(octets(values[i+1]))
		a.AppendChild(set)
		all.AppendChild(a)
	}
	p.AppendChild(all)
	return ldapMessage(p)
}

// peopleFromLDAP reads people as fromLDAP reads customers.
func peopleFromLDAP(t *testing.T, begin ...[]byte) error {
	t.Helper()
	s, err := peopleldap.New(peopleldap.Options{
		Options: ldapserver.Options{URL: "ldap://" + endlessLDAP(t, begin...), BaseDN: "DC=x"}, Login: "uid",
		Groups: []peopleldap.Group{{DN: peopleldap.Everybody}},
	})
	if err != nil {
		return err
	}
	_, err = people.Open(people.Options{Source: s, Log: slog.New(slog.DiscardHandler)}).Read(t.Context())
	return err
}

// fromLDAP reads from a server that answers the search with begin, and goes on with the last of it.
func fromLDAP(t *testing.T, begin ...[]byte) error {
	t.Helper()
	s, err := ldap.New(ldap.Options{
		Name: "s", Options: ldapserver.Options{URL: "ldap://" + endlessLDAP(t, begin...), BaseDN: "DC=x"},
	})
	return read(t, s, err)
}

// endlessLDAP starts a server for one search and returns its address.
func endlessLDAP(t *testing.T, begin ...[]byte) string {
	t.Helper()
	return listen(t, func(c net.Conn) {
		if _, err := ber.ReadPacket(c); err != nil {
			return
		}
		for _, part := range begin {
			_, _ = c.Write(part)
		}
		pour(c, string(begin[len(begin)-1]))
	})
}

// fromCardDAV reads an address book whose answer has a resource again and again.
func fromCardDAV(t *testing.T, resource string, most int) error {
	t.Helper()
	const book = `<d:response><d:href>/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><c:addressbook/>` +
		`</d:resourcetype></d:prop></d:propstat></d:response>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, `<d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:carddav">`)
		if r.Header.Get("Depth") == "0" {
			_, _ = io.WriteString(w, book+`</d:multistatus>`)
			return
		}
		if most < 0 {
			_, _ = io.WriteString(w, resource)
			pour(w, "x")
		}
		for range most {
			if _, err := io.WriteString(w, resource); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, `</d:multistatus>`)
	}))
	defer server.Close()
	s, err := carddav.New(carddav.Options{Name: "s", URL: server.URL + "/book"})
	return read(t, s, err)
}

// fromPostgres reads from a server that accepts any user and answers the query by serve.
func fromPostgres(t *testing.T, serve func(net.Conn, *pgproto3.Backend)) error {
	t.Helper()
	address := listen(t, func(c net.Conn) {
		b := pgproto3.NewBackend(c, c)
		if _, err := b.ReceiveStartupMessage(); err != nil {
			return
		}
		b.Send(&pgproto3.AuthenticationOk{})
		b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
		for b.Flush() == nil {
			m, err := b.Receive()
			if err != nil {
				return
			}
			switch m.(type) {
			case *pgproto3.Query:
				b.Send(&pgproto3.CommandComplete{CommandTag: []byte("BEGIN")})
				b.Send(&pgproto3.ReadyForQuery{TxStatus: 'T'})
			case *pgproto3.Parse:
				b.Send(&pgproto3.ParseComplete{})
			case *pgproto3.Bind:
				b.Send(&pgproto3.BindComplete{})
			case *pgproto3.Describe:
				b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{
					{Name: []byte("name"), DataTypeOID: 25}, {Name: []byte("phone"), DataTypeOID: 25},
				}})
			case *pgproto3.Execute:
				if b.Flush() == nil {
					serve(c, b)
				}
				return
			}
		}
	})
	s, err := sql.New(sql.Options{
		Name: "s", Driver: sql.Postgres, DSN: "postgres://u:p@" + address + "/d?sslmode=disable", Query: "SELECT 1",
	})
	return read(t, s, err)
}

// desk is a help desk that signs in, and answers everything else with reply.
func desk(t *testing.T, reply func(w io.Writer)) helpdesk.HelpDesk {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/Session") {
			_, _ = io.WriteString(w, `{"SessionID":"a session"}`)
			return
		}
		reply(w)
	}))
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	h, err := znuny.New(znuny.Options{
		URL: server.URL, Username: "u", Password: "p", UnknownCustomer: "unknown", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return helpdesk.Bounded(h)
}

func ofHelpDesk() []reader {
	create := func(t *testing.T, reply func(w io.Writer)) error {
		_, err := desk(t, reply).Create(t.Context(), helpdesk.Draft{CallID: "c", Title: "Call"})
		var reason *helpdesk.Error
		if errors.As(err, &reason) && len(reason.Reason) > 650 {
			return fmt.Errorf("a reason of %d bytes", len(reason.Reason))
		}
		return err
	}
	long := strings.Repeat("x", 3*mib)
	return []reader{
		{"help desk's answer", "4 MiB", 40, "longer than 4194304 bytes", func(t *testing.T) error {
			return create(t, func(w io.Writer) { pour(w, `{"a":"`) })
		}},
		{"help desk's error", "600 bytes", 64, "The help desk refuses: xxx", func(t *testing.T) error {
			return create(t, func(w io.Writer) {
				_, _ = io.WriteString(w, `{"Error":{"ErrorCode":"X","ErrorMessage":"`+long+`"}}`)
			})
		}},
		{"help desk's ticket number", "200 bytes", 64, "has a number of 3145728 bytes", func(t *testing.T) error {
			return create(t, func(w io.Writer) {
				_, _ = io.WriteString(w, `{"TicketID":"1","TicketNumber":"`+long+`"}`)
			})
		}},
		{"help desk's title", "300 bytes", 64, "", func(t *testing.T) error {
			asked := 0
			h := desk(t, func(w io.Writer) {
				if asked++; asked == 1 {
					_, _ = io.WriteString(w, `{"TicketID":["7"]}`)
					return
				}
				_, _ = io.WriteString(w, `{"Ticket":[{"TicketID":"7","TicketNumber":"2026","Title":"a\nb`+long+`"}]}`)
			})
			open, err := h.OpenTickets(t.Context(), "ivanov")
			if err == nil && (len(open.Newest) != 1 || len(open.Newest[0].Title) > 350 ||
				!strings.HasPrefix(open.Newest[0].Title, "a bxx")) {
				return fmt.Errorf("%d tickets, %.50q", len(open.Newest), open.Newest)
			}
			return err
		}},
	}
}

func ofFiles() []reader {
	return []reader{
		{"hub.yml", "4 MiB", 32, "is larger than 4 MiB", func(t *testing.T) error {
			_, err := config.Load(large(t, "hub.yml", "pbx: [{}]\n"))
			return err
		}},
		{"secret file", "64 KiB", 4, "is larger than 64 KiB", func(t *testing.T) error {
			_, err := config.Parse(filepath.Join(t.TempDir(), "hub.yml"),
				[]byte("pbx: [{id: a, address: \"h:1\", username: u, password_file: "+large(t, "secret", "s")+"}]\n"))
			return err
		}},
		{"certificate", "4 MiB", 32, "is larger than 4 MiB", func(t *testing.T) error {
			_, err := certificate.Authorities(large(t, "ca.pem", "-----BEGIN CERTIFICATE-----\n"))
			return err
		}},
		{"list of agents", "16 MiB", 64, "is larger than 16 MiB", func(t *testing.T) error {
			return cmd.Run(t.Context(), "test", []string{"agents", "import", large(t, "agents.csv", "login;name\n")},
				io.Discard, io.Discard)
		}},
		{"file of a directory", "256 KiB in a line", 8, "longer than 262144 bytes", func(t *testing.T) error {
			path := large(t, "customers.csv", "name;phone\nA;+79031112233\n")
			s, err := directory.NewFile("s", path, "utf-8", csv.Read)
			return read(t, s, err)
		}},
	}
}

func ofSockets() []reader {
	return append([]reader{
		{"agent's frame", "8 KiB before the sign-in, then 64 KiB", 8, "at most 8192 bytes", func(t *testing.T) error {
			s, err := agents.New(agents.Options{Log: slog.New(slog.DiscardHandler)}, agents.Commands{})
			if err != nil {
				return err
			}
			defer s.Stop(t.Context()) //nolint:errcheck // the test's own
			server := httptest.NewServer(s)
			defer server.Close()
			conn, _, err := websocket.Dial(t.Context(), server.URL, nil) //nolint:bodyclose // not needed
			if err != nil {
				return err
			}
			defer conn.CloseNow() //nolint:errcheck // the hub closes it
			go func() {
				w, err := conn.Writer(t.Context(), websocket.MessageText)
				if err == nil {
					pour(w, "x")
				}
			}()
			_, text, err := conn.Read(t.Context())
			if err == nil {
				err = errors.New(string(text))
			}
			return err
		}},
		{"web form", "64 KiB", 64, "", func(t *testing.T) error {
			path := filepath.Join(t.TempDir(), "traybell.db")
			empty.Database(t, path)
			s, err := store.Open(t.Context(), path)
			if err != nil {
				return err
			}
			defer s.Close() //nolint:errcheck // the test's own
			log := slog.New(slog.DiscardHandler)
			agents := func() *staff.Staff { return staff.New(nil) }
			written := admin.Audited{Audit: audit.New(audit.Options{Store: s, Log: log}), Now: time.Now}
			pages, err := web.New(web.Options{
				Commands: &admin.Commands{
					Hub:     &admin.Hub{Audited: written, Settings: s},
					Tickets: &admin.Tickets{Audited: written, List: s, Staff: agents},
				},
				Staff: agents, Log: log,
			})
			if err != nil {
				return err
			}
			for _, action := range []string{"state", "note", "assignee", "edit"} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/tickets/1/"+action,
					&bottomless{text: "note=x"})
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.RemoteAddr, r.Host = "127.0.0.1:1", "localhost"
				w := httptest.NewRecorder()
				pages.ServeHTTP(w, r)
				if w.Code < 400 || w.Code > 499 {
					return fmt.Errorf("%s: status %d", action, w.Code)
				}
			}
			return nil
		}},
	}, ofDesktop()...)
}
