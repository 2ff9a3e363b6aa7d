package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"traybell/hub/fail"

	"github.com/danielgtaylor/huma/v2"
)

// problem is an error as clients get it.
type problem struct{ huma.ErrorModel }

func newProblem(status int, format string, args ...any) *problem {
	return &problem{huma.ErrorModel{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: fmt.Sprintf(format, args...),
	}}
}

func (p *problem) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p.ErrorModel)
}

// readable rewords what huma says about times: it names Go's layout.
func readable(_ huma.Context, _ string, body any) (any, error) {
	if p, ok := body.(*huma.ErrorModel); ok {
		for _, e := range p.Errors {
			if strings.HasPrefix(e.Message, "invalid date/time") {
				e.Message = "expected a time of RFC 3339, such as 2026-11-01T00:00:00Z"
			}
		}
	}
	return body, nil
}

// retryAfter is when a client may repeat what the hub could not do, in seconds.
const retryAfter = "6"

// failed is the error of a command.
func failed(err error) error {
	f := fail.Of(err)
	status := http.StatusInternalServerError
	switch f.Code {
	case fail.Invalid:
		status = http.StatusUnprocessableEntity
	case fail.Forbidden:
		status = http.StatusForbidden
	case fail.NotFound:
		status = http.StatusNotFound
	case fail.Conflict:
		status = http.StatusConflict
	case fail.Busy:
		status = http.StatusServiceUnavailable
	case fail.Limited:
		status = http.StatusTooManyRequests
	case fail.HelpDesk, fail.PBX:
		status = http.StatusBadGateway
	case fail.Internal:
		// its cause is for the hub's log
		return &newProblem(status, "The hub could not do this. Its log says why.").ErrorModel
	}
	p := &newProblem(status, "%s", f.Error()).ErrorModel
	if f.Retry {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {retryAfter}})
	}
	return p
}
