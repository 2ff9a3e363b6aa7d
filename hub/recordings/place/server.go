package place

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"traybell/hub/certificate"
	"traybell/hub/remote"
)

// ServerOptions say which server has recordings.
type ServerOptions struct {
	URL                string // of the folder
	Username, Password string // HTTP Basic; empty: none
	Token              string // sent as Authorization: Bearer; empty: none
	CA                 string // PEM file; empty: the system's
}

// Server is a folder of a web server. Its files are read in ranges.
type Server struct {
	o    ServerOptions
	base *url.URL
	http *http.Client
}

// NewServer returns a server; it does not connect. The error is a *remote.OptionError.
func NewServer(o ServerOptions) (*Server, error) {
	u, err := url.Parse(strings.TrimSpace(o.URL))
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, &remote.OptionError{
			Key: "url", Err: errors.New("it must be the https:// address of the folder with the recordings"),
		}
	case u.User != nil:
		return nil, &remote.OptionError{
			Key: "url", Err: errors.New("remove the user and password from the URL; use username and password_file"),
		}
	}
	var roots *x509.CertPool
	if o.CA != "" {
		if roots, err = certificate.Authorities(o.CA); err != nil {
			return nil, &remote.OptionError{Key: "ca", Err: err}
		}
	}
	return &Server{o: o, base: u, http: &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: remote.ConnectWithin,
			TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			ResponseHeaderTimeout: remote.ConnectWithin, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute,
			DisableCompression: true, // ranges are of the file
		},
		// a redirect could take the secrets elsewhere
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Find implements Place: servers have no list, so that only a pattern without wildcards finds files.
func (s *Server) Find(ctx context.Context, pattern string) ([]string, error) {
	if strings.ContainsAny(pattern, "*?[") {
		return nil, nil
	}
	_, err := s.Stat(ctx, pattern)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return []string{pattern}, err
}

// get requests a file from a position; to < 0: up to its end.
func (s *Server) get(ctx context.Context, name string, from, to int64) (*http.Response, error) {
	u := *s.base
	u.Path, u.RawPath = path.Join("/", u.Path, name), ""
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	last := ""
	if to >= 0 {
		last = strconv.FormatInt(to, 10)
	}
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%s", from, last))
	switch {
	case s.o.Token != "":
		r.Header.Set("Authorization", "Bearer "+s.o.Token)
	case s.o.Username != "":
		r.SetBasicAuth(s.o.Username, s.o.Password)
	}
	answer, err := s.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("read a recording from %s: %w", s.base.Host, err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusPartialContent:
		return answer, nil
	case http.StatusNotFound, http.StatusGone:
		err = fs.ErrNotExist
	case http.StatusUnauthorized, http.StatusForbidden:
		err = fmt.Errorf("%s refuses the hub (%s); check username, password or token", s.base.Host, answer.Status)
	default:
		err = fmt.Errorf("%s answers %s", s.base.Host, answer.Status)
	}
	_ = answer.Body.Close()
	return nil, &fs.PathError{Op: "get", Path: name, Err: err}
}

// Stat implements Place.
func (s *Server) Stat(ctx context.Context, name string) (Info, error) {
	if err := checked(name); err != nil {
		return Info{}, err
	}
	answer, err := s.get(ctx, name, 0, 0)
	if err != nil {
		return Info{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	size, _ := sizeOf(answer)
	info := Info{Size: size}
	info.Modified, _ = http.ParseTime(answer.Header.Get("Last-Modified"))
	if size < 0 {
		return info, &fs.PathError{Op: "get", Path: name, Err: errors.New("the server does not say how long it is")}
	}
	return info, nil
}

// sizeOf returns the size of the file in an answer, -1 if it is unknown, and where the answer begins.
func sizeOf(answer *http.Response) (size, from int64) {
	if answer.StatusCode == http.StatusOK {
		return answer.ContentLength, 0
	}
	var to int64
	if n, _ := fmt.Sscanf(answer.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size); n != 3 {
		return -1, 0
	}
	return size, from
}

// Open implements Place.
func (s *Server) Open(ctx context.Context, name string) (File, error) {
	info, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	return &stream{ctx: ctx, server: s, name: name, info: info}, nil
}

// stream reads a file of a server from where it is wanted. A Close ends a Read of another goroutine:
// a program that converts the file may end while the server does not answer.
type stream struct {
	ctx    context.Context //nolint:containedctx // of the request that listens
	server *Server
	name   string
	info   Info

	mu     sync.Mutex
	at     int64
	body   io.ReadCloser // from at; nil: none yet
	closed bool
}

func (s *stream) Info() Info { return s.info }

func (s *stream) Seek(offset int64, whence int) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch whence {
	case io.SeekCurrent:
		offset += s.at
	case io.SeekEnd:
		offset += s.info.Size
	}
	if offset < 0 {
		return s.at, fs.ErrInvalid
	}
	if offset != s.at {
		_ = s.drop()
	}
	s.at = offset
	return offset, nil
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	at, body, closed := s.at, s.body, s.closed
	s.mu.Unlock()
	switch {
	case closed:
		return 0, fs.ErrClosed
	case at >= s.info.Size:
		return 0, io.EOF
	case body == nil:
		var err error
		if body, err = s.begin(at); err != nil {
			return 0, err
		}
	}
	n, err := body.Read(p[:min(int64(len(p)), s.info.Size-at)])
	at += int64(n)
	s.mu.Lock()
	s.at = at
	s.mu.Unlock()
	if errors.Is(err, io.EOF) && at < s.info.Size {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// begin requests the file from a position.
func (s *stream) begin(at int64) (io.ReadCloser, error) {
	answer, err := s.server.get(s.ctx, s.name, at, -1)
	if err != nil {
		return nil, err
	}
	size, from := sizeOf(answer)
	if size < s.info.Size || from > at { // it may have grown
		_ = answer.Body.Close()
		return nil, &fs.PathError{Op: "get", Path: s.name, Err: errors.New("the file has changed")}
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, errors.Join(fs.ErrClosed, answer.Body.Close())
	}
	s.body = answer.Body
	s.mu.Unlock()
	if _, err := io.CopyN(io.Discard, answer.Body, at-from); err != nil { // the server knows no ranges
		s.mu.Lock()
		defer s.mu.Unlock()
		return nil, errors.Join(err, s.drop())
	}
	return answer.Body, nil
}

func (s *stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.drop()
}

// drop ends the answer that is read. The lock is held.
func (s *stream) drop() error {
	if s.body == nil {
		return nil
	}
	err := s.body.Close()
	s.body = nil
	return err
}

// Remove implements Place.
func (s *Server) Remove(context.Context, string) error {
	return fmt.Errorf("%w: recordings of %s are read by HTTP", ErrReadOnly, s)
}

// Check implements Place: only a recording shows whether files can be read.
func (s *Server) Check(ctx context.Context) error {
	_, err := s.Stat(ctx, "traybell-check.wav")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Older implements Place.
func (s *Server) Older(context.Context, time.Time, func(string)) error { return nil }

// String implements Place.
func (s *Server) String() string { return cmp.Or(s.base.Host+s.base.Path, s.o.URL) }
