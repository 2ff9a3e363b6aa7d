package carddav

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"traybell/hub/directory"
	"traybell/hub/directory/directorytest"
	"traybell/hub/remote"
	"traybell/hub/remote/remotetest"
	"traybell/shared/protocol"

	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/carddav"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	password = "hunter2"
	bookPath = "/dav/traybell/books/contacts/"
)

// server is a CardDAV server with one address book, at /dav/ as Nextcloud has it.
type server struct {
	mu       sync.Mutex
	cards    map[string]string // by path
	requests []string
	down     bool
	moved    bool // / and /.well-known redirect

	*carddav.Handler
}

func (s *server) CurrentUserPrincipal(context.Context) (string, error) {
	return "/dav/traybell/", nil
}

func (s *server) AddressBookHomeSetPath(context.Context) (string, error) {
	return "/dav/traybell/books/", nil
}

func (s *server) ListAddressBooks(context.Context) ([]carddav.AddressBook, error) {
	return []carddav.AddressBook{{Path: bookPath, Name: "Contacts"}}, nil
}

func (s *server) GetAddressBook(_ context.Context, path string) (*carddav.AddressBook, error) {
	return &carddav.AddressBook{Path: path, Name: "Contacts"}, nil
}

func (s *server) object(path string) (*carddav.AddressObject, error) {
	text, ok := s.cards[path]
	if !ok {
		return nil, webdav.NewHTTPError(http.StatusNotFound, errors.New("no such card"))
	}
	card, err := vcard.NewDecoder(strings.NewReader(text)).Decode()
	return &carddav.AddressObject{Path: path, ETag: fmt.Sprint(len(text), text[len(text)/2:]), Card: card}, err
}

func (s *server) GetAddressObject(_ context.Context, path string, _ *carddav.AddressDataRequest,
) (*carddav.AddressObject, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.object(path)
}

func (s *server) ListAddressObjects(context.Context, string, *carddav.AddressDataRequest,
) (list []carddav.AddressObject, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for path := range s.cards {
		o, err := s.object(path)
		if err != nil {
			return nil, err
		}
		list = append(list, *o)
	}
	slices.SortFunc(list, func(a, b carddav.AddressObject) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

var errReadOnly = errors.New("read only")

func (s *server) CreateAddressBook(context.Context, *carddav.AddressBook) error { return errReadOnly }

func (s *server) DeleteAddressBook(context.Context, string) error { return errReadOnly }

func (s *server) DeleteAddressObject(context.Context, string) error { return errReadOnly }

func (s *server) QueryAddressObjects(context.Context, string, *carddav.AddressBookQuery,
) ([]carddav.AddressObject, error) {
	return nil, errReadOnly
}

func (s *server) PutAddressObject(context.Context, string, vcard.Card, *carddav.PutAddressObjectOptions,
) (*carddav.AddressObject, error) {
	return nil, errReadOnly
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Method+" "+r.URL.Path)
	down, moved := s.down, s.moved
	s.mu.Unlock()
	user, given, _ := r.BasicAuth()
	switch {
	case down:
		http.Error(w, "maintenance", http.StatusServiceUnavailable)
	case user != "traybell" || given != password:
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		http.Error(w, "who?", http.StatusUnauthorized)
	case moved && r.URL.Path == "/.well-known/carddav":
		http.Redirect(w, r, "/dav/", http.StatusMovedPermanently)
	case r.URL.Path == "/elsewhere":
		http.Redirect(w, r, "http://evil.example/dav/", http.StatusFound)
	case !strings.HasPrefix(r.URL.Path, "/dav/"):
		http.Error(w, "<html>welcome</html>", http.StatusMethodNotAllowed)
	default:
		s.Handler.ServeHTTP(escaping{w}, r)
	}
}

// escaping repairs what go-vcard writes for an escaped semicolon.
type escaping struct{ http.ResponseWriter }

func (e escaping) Write(text []byte) (int, error) {
	_, err := e.ResponseWriter.Write(bytes.ReplaceAll(text, []byte(`\\;`), []byte(`\;`)))
	return len(text), err
}

// write replaces the cards.
func (s *server) write(cards map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cards = map[string]string{}
	for name, text := range cards {
		s.cards[bookPath+name] = strings.ReplaceAll(text, "\n", "\r\n")
	}
}

func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

func newServer(t *testing.T) (*server, *httptest.Server) {
	t.Helper()
	s := &server{moved: true}
	s.Handler = &carddav.Handler{Backend: s, Prefix: "/dav"}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h
}

func source(t *testing.T, url string) *Source {
	t.Helper()
	s, err := New(Options{Name: "cloud", URL: url, Username: "traybell", Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, s *Source) (customers []protocol.Customer, problems []string, err error) {
	t.Helper()
	err = s.Read(t.Context(), func(c protocol.Customer) { customers = append(customers, c) },
		func(p directory.Problem) { problems = append(problems, p.String()) })
	return customers, problems, err
}

const ivan = "BEGIN:VCARD\nVERSION:3.0\nFN:Иван Петров\nTEL;TYPE=CELL:+7 916 123-45-67\nEND:VCARD\n"

func TestFindsAddressBooks(t *testing.T) {
	s, h := newServer(t)
	s.write(map[string]string{
		"ivan.vcf": ivan, "a b&c.vcf": "BEGIN:VCARD\nVERSION:4.0\nFN:Anna\nTEL:abc\nEND:VCARD\n",
	})
	for _, path := range []string{"", "/", "/dav/", "/dav/traybell/", "/dav/traybell/books/", bookPath} {
		customers, problems, err := read(t, source(t, h.URL+path))
		if err != nil || len(customers) != 2 || customers[1].Name != "Иван Петров" ||
			customers[1].Mobile != "+7 916 123-45-67" || len(problems) != 1 ||
			!strings.HasPrefix(problems[0], `a b&c.vcf: phone "abc" is not a phone number`) {
			t.Errorf("%s: %+v, %q, %v", path, customers, problems, err)
		}
	}
}

// Only changed cards are requested again.
func TestReadsChanges(t *testing.T) {
	s, h := newServer(t)
	cards := map[string]string{"ivan.vcf": ivan}
	for i := range 250 {
		cards[fmt.Sprintf("card%d.vcf", i)] = strings.ReplaceAll(ivan, "67", fmt.Sprint(100+i))
	}
	s.write(cards)
	cloud := source(t, h.URL+bookPath)
	count := func(want int) {
		t.Helper()
		before, err := cloud.Stamp(t.Context())
		if err != nil || before == "" {
			t.Fatal(before, err)
		}
		s.set(func() { s.requests = nil })
		if customers, problems, err := read(t, cloud); err != nil || len(customers) != len(cards) ||
			len(problems) != 0 {
			t.Fatalf("%d of %d customers, %q, %v", len(customers), len(cards), problems, err)
		}
		reports := 0
		for _, r := range s.requests {
			if strings.HasPrefix(r, "REPORT") {
				reports++
			}
		}
		if reports != want {
			t.Errorf("%d reports, want %d: %q", reports, want, s.requests)
		}
		if after, err := cloud.Stamp(t.Context()); err != nil || after != before {
			t.Errorf("the stamp changed without a change: %v", err)
		}
	}
	count(3)
	count(0)
	old, _ := cloud.Stamp(t.Context())
	cards["ivan.vcf"] = strings.ReplaceAll(ivan, "Петров", "Сидоров")
	delete(cards, "card1.vcf")
	s.write(cards)
	if changed, _ := cloud.Stamp(t.Context()); changed == old {
		t.Error("the stamp is that of the old cards")
	}
	count(1)
	s.write(nil)
	if customers, _, err := read(t, cloud); err != nil || len(customers) != 0 {
		t.Errorf("without cards: %+v, %v", customers, err)
	}
}

func TestErrors(t *testing.T) {
	s, h := newServer(t)
	refuses := func(cloud *Source, words string) {
		t.Helper()
		_, _, err := read(t, cloud)
		if err == nil || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), password) {
			t.Errorf("%v; want %q", err, words)
		}
	}
	wrong := source(t, h.URL)
	wrong.client.password = "x"
	refuses(wrong, "app password")
	refuses(source(t, h.URL+"/nothing/here"), "this is not a CardDAV server")
	refuses(source(t, h.URL+"/elsewhere"), "refers to http://evil.example/dav/, which would get the password")
	refuses(source(t, "http://127.0.0.1:1/"), "check that the server is running")
	s.set(func() { s.down = true })
	refuses(source(t, h.URL), "in maintenance; the hub retries")

	slow := source(t, "http://"+remotetest.Mute(t))
	slow.stall = 50 * time.Millisecond
	var stalled *remote.StallError
	if _, _, err := read(t, slow); !errors.As(err, &stalled) {
		t.Error(err)
	}
}

func TestCertificates(t *testing.T) {
	s := &server{}
	s.Handler = &carddav.Handler{Backend: s, Prefix: "/dav"}
	s.write(map[string]string{"ivan.vcf": ivan})
	h := httptest.NewTLSServer(s)
	defer h.Close()
	if _, _, err := read(t, source(t, h.URL+bookPath)); err == nil || !strings.Contains(err.Error(), "in `ca`") {
		t.Errorf("with the CAs of the system: %v", err)
	}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Certificate().Raw})
	if err := os.WriteFile(ca, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cloud, err := New(Options{URL: h.URL + bookPath, Username: "traybell", Password: password, CA: ca})
	if err != nil {
		t.Fatal(err)
	}
	if customers, _, err := read(t, cloud); err != nil || len(customers) != 1 {
		t.Errorf("with its CA: %+v, %v", customers, err)
	}
}

func TestInvalidOptions(t *testing.T) {
	for url, want := range map[string]string{
		"cloud.example.com": "it must be https://", "ldap://x": "it must be", "https://u:hunter2@x/": "remove the user",
	} {
		_, err := New(Options{URL: url})
		var option *remote.OptionError
		if !errors.As(err, &option) || option.Key != "url" || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// A response that does not end, also a compressed one, does not fill the memory.
func TestEndlessResponse(t *testing.T) {
	for _, unit := range []string{"TEL:1\n", "<a>", "&lt;", "<!-- -->", " "} {
		h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.WriteHeader(http.StatusMultiStatus)
			zip := gzip.NewWriter(w)
			_, err := io.WriteString(zip, `<multistatus xmlns="DAV:"><response><href>/x</href><propstat><prop>`+
				`<address-data xmlns="urn:ietf:params:xml:ns:carddav">`)
			text := strings.Repeat(unit, 1<<16/len(unit))
			for sent := 0; err == nil && sent < 100<<20; sent += len(text) {
				_, err = io.WriteString(zip, text)
			}
		}))
		s := source(t, h.URL+bookPath)
		s.client.most = 1 << 20
		if _, _, err := read(t, s); !errors.Is(err, errLarge) {
			t.Errorf("%q: %.200v", unit, err)
		}
		h.Close()
	}
}

func TestStory(t *testing.T) {
	s, h := newServer(t)
	_, port, _ := net.SplitHostPort(h.Listener.Addr().String())
	directorytest.Story(t, directorytest.Fixture{
		Source: source(t, "http://localhost:"+port+"/"),
		Write: func(_ *testing.T, customers []protocol.Customer) {
			cards := map[string]string{}
			for i, c := range customers {
				escape := strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`).Replace
				text := "BEGIN:VCARD\nVERSION:4.0\nFN:" + escape(c.Name) + "\nEMAIL:" + c.Email +
					"\nORG:" + escape(c.Company) + "\nADR:;;" + escape(c.Street) + ";" + escape(c.City) + ";;;\n"
				for kind, number := range map[string]string{"work": c.Phone, "cell": c.Mobile, "fax": c.Fax} {
					if number != "" {
						text += "TEL;TYPE=" + kind + ":" + escape(number) + "\n"
					}
				}
				cards[fmt.Sprint(i, ".vcf")] = text + "END:VCARD\n"
			}
			s.write(cards)
		},
		Stop:  func(*testing.T) { s.set(func() { s.down = true }) },
		Start: func(*testing.T) { s.set(func() { s.down = false }) },
		Away:  "in maintenance", NoLogins: true,
	})
}
