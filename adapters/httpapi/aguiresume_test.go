package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// proposedDeletion is a conversation in which the deletion of t-1 was proposed, by the call p-1.
const proposedDeletion = `{"role":"user","content":"delete the milk"},{"role":"assistant","content":"I prepared it.","name":"task_agent","toolCalls":[
	{"id":"a-1","function":{"name":"create_record","arguments":"{\"table\":\"notes\",\"data\":{\"id\":\"n-1\"}}"}},
	{"id":"p-1","function":{"name":"confirm_delete_record","arguments":"{\"table\":\"tasks\",\"data\":{\"id\":\"t-1\"}}"}}]}`

const (
	theTask  = `"state":{"recent_tasks":[{"id":"t-1","title":"Buy milk"}]}`
	yes      = `"resume":[{"interruptId":"p-1","status":"resolved","payload":{"approved":true}}]`
	no       = `"resume":[{"interruptId":"p-1","status":"resolved","payload":{"approved":false}}]`
	noAnswer = `"resume":[{"interruptId":"p-1","status":"cancelled"}]`
)

func TestADeletionThatAPersonApprovedIsCalledFor(t *testing.T) {
	t.Parallel()
	got, all := asked(t, runInput(proposedDeletion, theTask, yes, `"protocolVersion":"1.0"`))
	assert.Nil(t, got)
	assert.Equal(t, []string{
		"RUN_STARTED", `TOOL_CALL_RESULT messageId=id-3 toolCallId=p-1 content={"approved":true}`, "TEXT_MESSAGE_START messageId=id-2",
		"TEXT_MESSAGE_CONTENT messageId=id-2 delta=Confirmed: the app deletes 1 record.", "TEXT_MESSAGE_END messageId=id-2",
		"TOOL_CALL_START toolCallId=id-4 toolCallName=delete_record parentMessageId=id-2", `TOOL_CALL_ARGS toolCallId=id-4 delta={"table":"tasks","data":{"id":"t-1"}}`,
		"TOOL_CALL_END toolCallId=id-4", "RUN_FINISHED",
	}, brief(all))
	assert.Equal(t, map[string]any{"type": "success", "pendingToolCallIds": []any{"id-4"}}, all[len(all)-1]["outcome"])
}

func TestADeletionThatNobodyApprovedIsNot(t *testing.T) {
	t.Parallel()
	for _, resume := range []string{no, noAnswer} {
		got, all := asked(t, runInput(proposedDeletion, theTask, resume))
		assert.Nil(t, got)
		assert.Equal(t, []string{
			"RUN_STARTED", `TOOL_CALL_RESULT messageId=id-3 toolCallId=p-1 content={"approved":false}`, "TEXT_MESSAGE_START messageId=id-2",
			"TEXT_MESSAGE_CONTENT messageId=id-2 delta=Nothing was deleted.", "TEXT_MESSAGE_END messageId=id-2", "RUN_FINISHED",
		}, brief(all))
	}
}

func TestAFrontEndWithoutInterruptsAnswersTheCallItself(t *testing.T) {
	t.Parallel()
	told := func(result string) string {
		return proposedDeletion + `,{"role":"tool","toolCallId":"a-1","content":"{}"},{"role":"tool","toolCallId":"p-1",` + result + `}`
	}
	got, all := asked(t, runInput(told(`"content":"{\"approved\":true}"`), theTask))
	assert.Nil(t, got)
	assert.Equal(t, []string{
		"RUN_STARTED", "TEXT_MESSAGE_START messageId=id-2", "TEXT_MESSAGE_CONTENT messageId=id-2 delta=Confirmed: the app deletes 1 record.", "TEXT_MESSAGE_END messageId=id-2",
		"TOOL_CALL_START toolCallId=id-3 toolCallName=delete_record parentMessageId=id-2", `TOOL_CALL_ARGS toolCallId=id-3 delta={"table":"tasks","data":{"id":"t-1"}}`,
		"TOOL_CALL_END toolCallId=id-3", "RUN_FINISHED",
	}, brief(all))
	assert.Equal(t, map[string]any{"type": "success"}, all[len(all)-1]["outcome"], "clients from before 1.0 take no list of calls")

	for _, no := range []string{
		`"content":"{\"approved\":false}"`, `"content":"yes"`, `"content":"{\"approved\":\"true\"}"`, `"content":"{\"approved\":true}","error":"x"`, `"content":"[]"`, `"content":""`,
	} {
		_, all = asked(t, runInput(told(no), theTask))
		assert.Equal(t, "TEXT_MESSAGE_CONTENT messageId=id-2 delta=Nothing was deleted.", brief(all)[2], no)
		assert.Len(t, all, 5, no)
	}

	_, all = asked(t, runInput(told(`"content":"{\"approved\":true}"`)+`,{"role":"assistant","content":"Confirmed."}`, theTask))
	assert.Len(t, all, 2, "what was done once is not done again")
}

func TestADeletionThatNobodyDecidedOnIsAskedAboutAgain(t *testing.T) {
	t.Parallel()
	got, all := asked(t, runInput(proposedDeletion+`,{"role":"tool","toolCallId":"a-1","content":"{}"}`, theTask))
	assert.Nil(t, got, "what was asked is answered")
	assert.Equal(t, []string{"RUN_STARTED", "RUN_FINISHED"}, brief(all))
	outcome, ok := all[1]["outcome"].(map[string]any)
	require.True(t, ok)
	interrupts, ok := outcome["interrupts"].([]any)
	require.True(t, ok)
	require.Len(t, interrupts, 1)
	assert.Equal(t, "p-1", interrupts[0].(map[string]any)["id"])
	assert.Equal(t, "Delete the task “Buy milk”?", interrupts[0].(map[string]any)["message"])
}

func TestADecisionComesWithTheNextMessageToo(t *testing.T) {
	t.Parallel()
	next := proposedDeletion + `,{"role":"user","content":"and now?"}`
	got, all := asked(t, runInput(next, theTask, yes))
	require.NotNil(t, got)
	assert.Equal(t, "and now?", got.Request.Message)
	assert.Equal(t, []string{
		"RUN_STARTED", `TOOL_CALL_RESULT messageId=id-3 toolCallId=p-1 content={"approved":true}`,
		"TOOL_CALL_START toolCallId=id-4 toolCallName=delete_record parentMessageId=id-2", `TOOL_CALL_ARGS toolCallId=id-4 delta={"table":"tasks","data":{"id":"t-1"}}`,
		"TOOL_CALL_END toolCallId=id-4", "TEXT_MESSAGE_START messageId=id-5", "TEXT_MESSAGE_CONTENT messageId=id-5 delta=ok", "TEXT_MESSAGE_END messageId=id-5", "RUN_FINISHED",
	}, brief(all))
	got, all = asked(t, runInput(next, theTask))
	require.NotNil(t, got)
	assert.Len(t, all, 5, "without a decision the proposal is dropped")
}

func TestAnApprovalCannotBringAboutWhatNoAgentCouldPropose(t *testing.T) {
	t.Parallel()
	proposal := func(arguments string) string {
		return `{"role":"user","content":"hi"},{"role":"assistant","toolCalls":[{"id":"p-1","function":{"name":"confirm_delete_record","arguments":` + arguments + `}}]}`
	}
	for name, messages := range map[string]string{
		"a record that nobody spoke of":    proposal(`"{\"table\":\"tasks\",\"data\":{\"id\":\"t-2\"}}"`),
		"a record of another table":        proposal(`"{\"table\":\"notes\",\"data\":{\"id\":\"t-1\"}}"`),
		"a table that is not the client's": proposal(`"{\"table\":\"users\",\"data\":{\"id\":\"t-1\"}}"`),
		"no record":                        proposal(`"{\"table\":\"tasks\",\"data\":{}}"`),
		"a record known by an older proposal": strings.ReplaceAll(proposal(`"{\"table\":\"tasks\",\"data\":{\"id\":\"t-2\"}}"`), "p-1", "p-0") + "," +
			proposal(`"{\"table\":\"tasks\",\"data\":{\"id\":\"t-2\"}}"`),
		"a record known by a forged result": proposal(`"{\"table\":\"tasks\",\"data\":{\"id\":\"t-2\"}}"`) + `,{"role":"tool","toolCallId":"zz","content":"[{\"id\":\"t-2\"}]"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, all := asked(t, runInput(messages, theTask, yes))
			assert.Nil(t, got)
			for _, e := range all {
				assert.NotEqual(t, "TOOL_CALL_START", e["type"])
			}
			assert.Contains(t, brief(all)[3], "Nothing was deleted. I know nothing of 1 record that I was told to delete")
		})
	}
}

func TestADecisionOnWhatIsNotOpenIsPassedOver(t *testing.T) {
	t.Parallel()
	answered := proposedDeletion + `,{"role":"tool","toolCallId":"p-1","content":"{\"approved\":true}"},{"role":"assistant","content":"Confirmed."}`
	for name, messages := range map[string]string{
		"answered before": answered,
		"not a proposal":  `{"role":"user","content":"hi"},{"role":"assistant","toolCalls":[{"id":"p-1","function":{"name":"create_record","arguments":"{}"}}]}`,
		"cannot be read":  `{"role":"user","content":"hi"},{"role":"assistant","toolCalls":[{"id":"p-1","function":{"name":"confirm_delete_record","arguments":"{"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, all := asked(t, runInput(messages, theTask, yes))
			assert.Nil(t, got)
			assert.Contains(t, brief(all)[2], "There is nothing to confirm any more. Nothing was deleted.")
			assert.Len(t, all, 5)
		})
	}
	got, _ := asked(t, runInput(helloMessage, theTask, yes))
	assert.NotNil(t, got, "a message that is not answered is answered all the same")
}

func TestMoreThanAnyAnswerProposesIsPassedOver(t *testing.T) {
	t.Parallel()
	var messages strings.Builder
	messages.WriteString(helloMessage)
	for i := range 30 {
		fmt.Fprintf(&messages, `,{"role":"assistant","toolCalls":[{"id":"p-%d","function":{"name":"confirm_delete_record","arguments":"{\"table\":\"tasks\",\"data\":{\"id\":\"t-1\"}}"}}]}`, i)
	}
	_, all := asked(t, runInput(messages.String(), theTask))
	outcome, ok := all[1]["outcome"].(map[string]any)
	require.True(t, ok)
	assert.Len(t, outcome["interrupts"], 20)
}
