package znuny

import (
	"context"
	"net/http"

	"traybell/hub/helpdesk/httpclient"
)

// signIn opens a session, which is valid for hours.
func (h *HelpDesk) signIn(ctx context.Context) (string, error) {
	var reply struct{ SessionID string }
	err := h.send(ctx, request{
		method: http.MethodPost, route: h.o.Routes.Session,
		body: map[string]any{"UserLogin": h.o.Username, "Password": h.o.Password},
	}, "", &reply)
	if err == nil && reply.SessionID == "" {
		err = httpclient.Lacks("session", false)
	}
	if err != nil {
		return "", err
	}
	h.o.Log.Debug("signed in to help desk", "user", h.o.Username)
	return reply.SessionID, nil
}
