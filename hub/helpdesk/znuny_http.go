package helpdesk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
)

// maxReply is far above what the requests here are answered with.
const maxReply = 4 << 20

// request is one operation of the web service.
type request struct {
	method string
	route  string         // already filled in
	body   map[string]any // of a POST
	query  url.Values     // of a GET
	writes bool           // something is made: a lost answer leaves it uncertain
}

// send makes one request and reads its reply into a struct. Its errors are *refusal and *failure.
func (z *Znuny) send(ctx context.Context, r request, session string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, z.o.Timeout)
	defer cancel()
	// Set once the head has left: from then on the help desk may have acted. The transport calls it
	// on a goroutine of its own.
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	fail := func(kind failureKind, err error) error {
		// The URL of a GET holds the session: it is taken out of the error.
		if ue := (*url.Error)(nil); errors.As(err, &ue) {
			err = ue.Err
		}
		return &failure{kind: kind, sent: sent.Load(), writes: r.writes, route: r.method + " " + r.route, err: err}
	}
	req, err := z.httpRequest(ctx, r, session)
	if err != nil {
		return fail(strange, err)
	}
	resp, err := z.client.Do(req)
	if err != nil {
		return fail(transportKind(ctx, err, sent.Load()), err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if err != nil {
		return fail(transportKind(ctx, err, true), err)
	}
	if len(content) > maxReply {
		return fail(strange, fmt.Errorf("the reply is longer than %d bytes", maxReply))
	}
	if resp.StatusCode != http.StatusOK {
		kind, err := statusKind(resp, content)
		return fail(kind, err)
	}
	if mediaType, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); mediaType == "text/html" {
		return fail(webPage, errors.New("a web page came instead of the web service's reply"))
	}
	if len(content) == 0 {
		return fail(silent, errors.New("the reply is empty"))
	}
	// Errors come with status 200 as well.
	var refused struct{ Error *refusal }
	if err := json.Unmarshal(content, &refused); err != nil {
		return fail(strange, fmt.Errorf("reading the reply: %w", err))
	}
	if refused.Error != nil {
		refused.Error.route = r.method + " " + r.route
		return refused.Error
	}
	if err := json.Unmarshal(content, into); err != nil {
		return fail(strange, fmt.Errorf("reading the reply: %w", err))
	}
	return nil
}

func (z *Znuny) httpRequest(ctx context.Context, r request, session string) (*http.Request, error) {
	address := z.base + "/nph-genericinterface.pl/Webservice/" + url.PathEscape(z.o.WebService) + "/" +
		strings.TrimLeft(r.route, "/")
	if r.method == http.MethodGet {
		// The body of a GET is ignored, and only newer versions read a header.
		query := url.Values{"SessionID": {session}}
		maps.Copy(query, r.query)
		return http.NewRequestWithContext(ctx, r.method, address+"?"+query.Encode(), nil)
	}
	body := maps.Clone(r.body)
	if session != "" {
		body["SessionID"] = session
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	return req, nil
}
