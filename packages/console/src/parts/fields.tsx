import {
  Checkbox,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextArea,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useId } from "react";

interface FieldProps {
  readonly label: string;
  /** What it is for, or what may be written. */
  readonly hint?: ReactNode;
  /** What is wrong with what is written: in the hint's place. */
  readonly error?: string | undefined;
  readonly isRequired?: boolean;
}

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly isDisabled?: boolean;
  readonly autoFocus?: boolean;
}

export function TextField({ value, onChange, placeholder, isDisabled, autoFocus, ...field }: TextFieldProps) {
  const id = useId();
  return (
    <Field id={id} {...field}>
      <TextInput
        id={id}
        value={value}
        autoComplete="off"
        spellCheck={false}
        {...(placeholder && { placeholder })}
        {...(isDisabled && { isDisabled })}
        {...(autoFocus && { autoFocus })}
        validated={field.error ? "error" : "default"}
        aria-describedby={`${id}-hint`}
        onChange={(_event, next) => onChange(next)}
      />
    </Field>
  );
}

interface LongTextFieldProps extends TextFieldProps {
  readonly rows?: number;
}

export function LongTextField({ value, onChange, placeholder, autoFocus, rows = 8, ...field }: LongTextFieldProps) {
  const id = useId();
  return (
    <Field id={id} {...field}>
      <TextArea
        id={id}
        className="lodge-code"
        value={value}
        rows={rows}
        spellCheck={false}
        {...(autoFocus && { autoFocus })}
        {...(placeholder && { placeholder })}
        validated={field.error ? "error" : "default"}
        aria-describedby={`${id}-hint`}
        onChange={(_event, next) => onChange(next)}
      />
    </Field>
  );
}

interface ChoiceFieldProps extends FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Values that are their own names, or values with names. */
  readonly options: readonly (string | readonly [value: string, name: string])[];
}

export function ChoiceField({ value, onChange, options, ...field }: ChoiceFieldProps) {
  const id = useId();
  return (
    <Field id={id} {...field}>
      <FormSelect id={id} value={value} aria-describedby={`${id}-hint`} onChange={(_event, next) => onChange(next)}>
        {options.map((option) => {
          const [each, name] = typeof option === "string" ? [option, option] : option;
          return <FormSelectOption key={each} value={each} label={name} />;
        })}
      </FormSelect>
    </Field>
  );
}

interface TickProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

export function Tick({ label, hint, isChecked, onChange }: TickProps) {
  const id = useId();
  return (
    <Checkbox
      id={id}
      label={label}
      description={hint}
      isChecked={isChecked}
      onChange={(_event, next) => onChange(next)}
    />
  );
}

interface FileFieldProps extends FieldProps {
  readonly accept?: string;
  readonly onChange: (file: File | undefined) => void;
}

export function FileField({ accept, onChange, ...field }: FileFieldProps) {
  const id = useId();
  return (
    <Field id={id} {...field}>
      <input
        id={id}
        type="file"
        className="lodge-file"
        accept={accept}
        aria-describedby={`${id}-hint`}
        onChange={({ target }) => onChange(target.files?.[0])}
      />
    </Field>
  );
}

function Field({
  id,
  label,
  hint,
  error,
  isRequired = false,
  children,
}: FieldProps & { readonly id: string; readonly children: ReactNode }) {
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      {children}
      {(error ?? hint) !== undefined && (
        <FormHelperText>
          <HelperText id={`${id}-hint`}>
            <HelperTextItem variant={error ? "error" : "default"}>{error ?? hint}</HelperTextItem>
          </HelperText>
        </FormHelperText>
      )}
    </FormGroup>
  );
}
