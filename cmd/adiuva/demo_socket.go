package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fasthttp/websocket"

	"github.com/adiuva/cloud/adapters/httpapi/contract"
)

// stream opens a WebSocket with a ticket, as a page in a browser does, and reads an answer while it is made.
func (d *demo) stream(ctx context.Context) error {
	d.title("The same over a WebSocket, as it happens")
	var ticket struct {
		Ticket string `json:"ticket"`
	}
	if err := d.call(ctx, http.MethodPost, "/auth/ws-ticket", d.owner, nil, http.StatusOK, &ticket); err != nil {
		return err
	}
	d.say("> GET /api/v1/chat/stream?ticket=... with the subprotocol adiuva.v1")
	dialer := websocket.Dialer{Subprotocols: []string{"adiuva.v1"}, HandshakeTimeout: 10 * time.Second}
	conn, res, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(d.base, "http")+"/chat/stream?ticket="+ticket.Ticket, nil)
	if err != nil {
		return fmt.Errorf("the WebSocket does not open: %w", err)
	}
	defer func() { _ = conn.Close() }()
	defer func() { _ = res.Body.Close() }()
	ask := contract.ChatFrame{Type: "chat", ChatRequest: contract.ChatRequest{Message: "hello"}}
	raw, err := json.Marshal(ask)
	if err != nil {
		return err
	}
	d.say("> " + string(raw))
	if err := conn.WriteMessage(websocket.TextMessage, raw); err != nil {
		return fmt.Errorf("the WebSocket broke off: %w", err)
	}
	return d.hear(conn)
}

// hear reads frames to the last one, and holds the answer against the pieces.
func (d *demo) hear(conn *websocket.Conn) error {
	var said strings.Builder
	for {
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			return err
		}
		_, raw, err := conn.ReadMessage()
		if err != nil {
			return fmt.Errorf("the WebSocket broke off: %w", err)
		}
		var f struct {
			Type, Delta, Response string
		}
		if err := json.Unmarshal(raw, &f); err != nil {
			return fmt.Errorf("a frame is not the JSON of the contract: %w", err)
		}
		d.say("< " + shorten(raw))
		said.WriteString(f.Delta)
		switch {
		case f.Type == "error":
			return errors.New("the answer should not have failed")
		case f.Type == "done" && f.Response != said.String():
			return errors.New("the answer should be its pieces put together")
		case f.Type == "done":
			return nil
		}
	}
}
