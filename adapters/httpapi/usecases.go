package httpapi

import (
	"fmt"
	"reflect"

	"github.com/adiuva/cloud/application/accounts"
	"github.com/adiuva/cloud/application/operations"
	"github.com/adiuva/cloud/application/orchestration"
	"github.com/adiuva/cloud/application/storage"
	"github.com/adiuva/cloud/application/usecase"
	"github.com/adiuva/cloud/domain/account"
	"github.com/adiuva/cloud/domain/chat"
	"github.com/adiuva/cloud/domain/plan"
)

// UseCases are what the API offers, by area. All are required.
type UseCases struct {
	Accounts      Accounts
	Storage       Storage
	Orchestration Orchestration
	Operations    Operations
}

// Accounts are the use cases behind /auth.
type Accounts struct {
	Register       usecase.UseCase[accounts.RegisterInput, accounts.Tokens]
	Login          usecase.UseCase[accounts.LoginInput, accounts.Tokens]
	Refresh        usecase.UseCase[accounts.RefreshInput, accounts.Tokens]
	Authenticate   usecase.UseCase[accounts.AuthenticateInput, account.Principal]
	Logout         usecase.UseCase[accounts.LogoutInput, struct{}]
	ListSessions   usecase.UseCase[accounts.ListSessionsInput, []accounts.ListedSession]
	EndSession     usecase.UseCase[accounts.EndSessionInput, struct{}]
	ChangePassword usecase.UseCase[accounts.ChangePasswordInput, struct{}]
	GetProfile     usecase.UseCase[accounts.GetProfileInput, accounts.Profile]
	DeleteAccount  usecase.UseCase[accounts.DeleteAccountInput, accounts.DeleteAccountOutput]
	ExportAccount  usecase.UseCase[accounts.ExportAccountInput, accounts.Export]
	IssueTicket    usecase.UseCase[accounts.IssueTicketInput, accounts.IssueTicketOutput]
	RedeemTicket   usecase.UseCase[accounts.RedeemTicketInput, account.Principal]
	CheckSession   usecase.UseCase[accounts.CheckSessionInput, account.Principal]
}

// Storage are the use cases behind /storage and /backup.
type Storage struct {
	StoreBlob    usecase.UseCase[storage.StoreBlobInput, storage.StoreBlobOutput]
	ReadBlob     usecase.UseCase[storage.ReadBlobInput, storage.ReadBlobOutput]
	ListRecords  usecase.UseCase[storage.ListRecordsInput, storage.ListRecordsOutput]
	UpdateBlob   usecase.UseCase[storage.UpdateBlobInput, storage.UpdateBlobOutput]
	DeleteRecord usecase.UseCase[storage.DeleteRecordInput, storage.DeleteRecordOutput]
	StoreBackup  usecase.UseCase[storage.StoreBackupInput, storage.StoreBackupOutput]
	ReadBackup   usecase.UseCase[storage.ReadBackupInput, storage.ReadBackupOutput]
	ListBackups  usecase.UseCase[storage.ListBackupsInput, storage.ListBackupsOutput]
	DeleteBackup usecase.UseCase[storage.DeleteBackupInput, storage.DeleteBackupOutput]
	BatchRecords usecase.UseCase[storage.BatchRecordsInput, storage.BatchRecordsOutput]
	ListChanges  usecase.UseCase[storage.ListChangesInput, storage.ListChangesOutput]
	GetUsage     usecase.UseCase[storage.GetUsageInput, storage.GetUsageOutput]

	UpsertVectors usecase.UseCase[storage.UpsertVectorsInput, storage.UpsertVectorsOutput]
	SearchVectors usecase.UseCase[storage.SearchVectorsInput, storage.SearchVectorsOutput]
	DeleteVectors usecase.UseCase[storage.DeleteVectorsInput, storage.DeleteVectorsOutput]
}

// Orchestration are the use cases behind /chat, /agents and /plans.
type Orchestration struct {
	Orchestrate       usecase.UseCase[orchestration.OrchestrateInput, orchestration.Answer]
	OrchestrateStream usecase.UseCase[orchestration.OrchestrateStreamInput, orchestration.Answer]
	ConfirmDeletions  usecase.UseCase[orchestration.ConfirmDeletionsInput, chat.Reply]
	ListAgents        usecase.UseCase[orchestration.ListAgentsInput, []orchestration.AgentInfo]
	ListPlaybooks     usecase.UseCase[orchestration.ListPlaybooksInput, []plan.Plan]
	GetPlaybook       usecase.UseCase[orchestration.GetPlaybookInput, plan.Plan]
	RunStep           usecase.UseCase[orchestration.RunStepInput, chat.Reply]
}

// Operations are the use cases behind /health.
type Operations struct {
	CheckHealth usecase.UseCase[operations.CheckHealthInput, operations.Health]
}

// complete is an error that names the first use case that is missing: better at start than at the first request.
func (u UseCases) complete() error {
	areas := reflect.ValueOf(u)
	for i := range areas.NumField() {
		area := areas.Field(i)
		for j := range area.NumField() {
			if area.Field(j).IsNil() {
				return fmt.Errorf("the API has no use case %s.%s", areas.Type().Field(i).Name, area.Type().Field(j).Name)
			}
		}
	}
	return nil
}
