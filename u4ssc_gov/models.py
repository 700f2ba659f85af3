"""Imports every room's tables so that the metadata is whole."""

import u4ssc_gov.accounts.models
import u4ssc_gov.audit.models
import u4ssc_gov.board.models
import u4ssc_gov.charter.models
import u4ssc_gov.core.sweeps
import u4ssc_gov.deliverables.models
import u4ssc_gov.documents.models
import u4ssc_gov.evaluations.models
import u4ssc_gov.ledger.models
import u4ssc_gov.meetings.models
import u4ssc_gov.notifications.models
import u4ssc_gov.participants.models
import u4ssc_gov.partners.models
import u4ssc_gov.plan.models
import u4ssc_gov.tenures.models
from u4ssc_gov.core.db import Base

metadata = Base.metadata
