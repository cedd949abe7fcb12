"""Mail: one message type, sent over SMTP or written to the outbox."""

from pipeline_project.integrations.email.message import Mailer, MailMessage, MailReceipt
from pipeline_project.integrations.email.outbox import OutboxMailer
from pipeline_project.integrations.email.smtp import SmtpMailer, SmtpServer

__all__ = ["MailMessage", "MailReceipt", "Mailer", "OutboxMailer", "SmtpMailer", "SmtpServer"]
