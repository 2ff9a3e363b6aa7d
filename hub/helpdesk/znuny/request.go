package znuny

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"traybell/hub/helpdesk/httpclient"
)

// request is one operation of the web service.
type request struct {
	method string
	route  string         // with its parameters filled in
	body   map[string]any // of a POST or PATCH
	query  url.Values     // of a GET
	writes bool           // see httpclient.Request
}

// ask sends a request in the session. If the session has expired, it renews it and repeats the
// request, which was refused before it did anything.
func (h *HelpDesk) ask(ctx context.Context, r request, into any) error {
	s, err := h.session.Open(ctx, "")
	if err != nil {
		return err
	}
	err = h.send(ctx, r, s, into)
	var refused *refusal
	if !errors.As(err, &refused) || !refused.auth() {
		return err
	}
	if s, err = h.session.Open(ctx, s); err != nil {
		return err
	}
	return h.send(ctx, r, s, into)
}

// send makes one request. Its errors are *refusal, *httpclient.Error and *helpdesk.Error.
func (h *HelpDesk) send(ctx context.Context, r request, session string, into any) error {
	out := httpclient.Request{
		Method: r.method, Writes: r.writes, Secrets: []string{session},
		Path: "/nph-genericinterface.pl/Webservice/" + url.PathEscape(h.o.WebService) + "/" +
			strings.TrimLeft(r.route, "/"),
	}
	if r.method == http.MethodGet {
		// The body of a GET is ignored, and only newer versions read a header.
		out.Query = url.Values{"SessionID": {session}}
		maps.Copy(out.Query, r.query)
	} else {
		body := maps.Clone(r.body)
		if session != "" {
			body["SessionID"] = session
		}
		out.JSON = body
	}
	resp, err := h.client.Do(ctx, out)
	if err != nil {
		return h.reclassify(err, r.method+" "+r.route)
	}
	var refused struct{ Error *refusal } // comes with status 200
	if err := resp.JSON(&refused); err != nil {
		return err
	}
	switch {
	case refused.Error != nil && *refused.Error == refusal{}:
		return resp.Bad(errors.New("the reply has an error without ErrorCode"))
	case refused.Error != nil:
		return refused.Error
	}
	return resp.JSON(into)
}
